#!/usr/bin/env python3
"""Makes the archives that tinyllama must refuse: bad_archives.py MODEL TOKENIZER OTHER_TOKENIZER FOLDER."""
import os
import struct
import sys

DIMENSIONS = struct.Struct("<7i")  # dim, hidden_dim, layers, heads, kv_heads, vocabulary, seq_len


def padded(data):
    return data + bytes(-len(data) % 4)


def entry(name, data):
    fields = [0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return padded(header + name.encode() + b"\0") + padded(data)


def archive(files):
    return b"".join(entry(name, data) for name, data in files.items()) + entry("TRAILER!!!", b"")


def with_dimension(model, place, value):
    dimensions = list(DIMENSIONS.unpack_from(model))
    dimensions[place] = value
    return DIMENSIONS.pack(*dimensions) + model[DIMENSIONS.size:]


def archives(model, tokenizer, other_tokenizer):
    good = {"model.bin": model, "tokenizer.bin": tokenizer}
    yield "no_model", archive({"tokenizer.bin": tokenizer})
    yield "no_tokenizer", archive({"model.bin": model})
    yield "truncated_model", archive({**good, "model.bin": model[:len(model) // 2]})
    yield "truncated_header", archive({**good, "model.bin": model[:20]})
    yield "absurd_dim", archive({**good, "model.bin": with_dimension(model, 0, 0x7fffffff)})
    yield "zero_heads", archive({**good, "model.bin": with_dimension(model, 3, 0)})
    yield "negative_layers", archive({**good, "model.bin": with_dimension(model, 2, -1)})
    yield "other_vocabulary", archive({**good, "tokenizer.bin": other_tokenizer})
    yield "truncated_tokenizer", archive({**good, "tokenizer.bin": tokenizer[:-3]})
    yield "damaged_archive", b"070701" + b"Z" * 4000
    yield "truncated_archive", archive(good)[:len(model) // 2]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    model, tokenizer, other_tokenizer, folder = sys.argv[1:]
    for name, data in archives(read(model), read(tokenizer), read(other_tokenizer)):
        with open(os.path.join(folder, name + ".cpio"), "wb") as file:
            file.write(data)


main()
