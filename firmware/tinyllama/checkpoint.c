#include "checkpoint.h"

#include "runtime.h"

// More than any model of this architecture has, and small enough that no product of them overflows
// 64 bits.
static const struct {
    const char* name;
    int32_t limit;
} kDimensions[kCheckpointDimensions] = {
    {"dim", 1 << 15},      {"hidden_dim", 1 << 17}, {"layers", 1 << 9},   {"heads", 1 << 12},
    {"kv_heads", 1 << 12}, {"vocab_size", 1 << 20}, {"seq_len", 1 << 15},
};

// Hands out the file's parts in their order. What lies behind the file's end is null; whether that
// happened shows in the offset at the end.
struct Cursor {
    const unsigned char* bytes;
    uint64_t size, offset;
};

static const void* take(struct Cursor* cursor, uint64_t size) {
    const uint64_t start = cursor->offset;
    cursor->offset += size;
    return cursor->offset <= cursor->size ? cursor->bytes + (size_t)start : NULL;
}

static const float* take_floats(struct Cursor* cursor, uint64_t count) {
    return take(cursor, count * sizeof(float));
}

uint64_t checkpoint_matrix_size(const struct MatrixStack* stack) {
    const uint64_t count = (uint64_t)stack->rows * stack->columns;
    if (stack->group_size == 0) return count * sizeof(float);
    return count + count / stack->group_size * sizeof(float);
}

static struct MatrixStack take_stack(struct Cursor* cursor, uint32_t group_size, uint32_t count,
                                     uint32_t rows, uint32_t columns) {
    struct MatrixStack stack = {NULL, rows, columns, group_size};
    stack.data = take(cursor, count * checkpoint_matrix_size(&stack));
    return stack;
}

struct Matrix checkpoint_matrix(const struct MatrixStack* stack, uint32_t index) {
    const unsigned char* data = stack->data + (size_t)(index * checkpoint_matrix_size(stack));
    struct Matrix matrix = {
        .rows = stack->rows, .columns = stack->columns, .group_size = stack->group_size};
    if (stack->group_size == 0) {
        matrix.values = (const float*)data;
    } else {
        matrix.quantised = (const int8_t*)data;
        matrix.scales = (const float*)(data + (size_t)stack->rows * stack->columns);
    }
    return matrix;
}

static int32_t read_int32(const unsigned char* bytes) {
    int32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static bool check_shape(const struct Dimensions* d, const char* name, struct Failure* failure) {
    if (d->dim % d->heads != 0)
        return fail(failure, kExitInput, "%s: %u heads do not divide dim %u", name,
                    (unsigned)d->heads, (unsigned)d->dim);
    if (d->heads % d->kv_heads != 0)
        return fail(failure, kExitInput, "%s: %u kv_heads do not divide %u heads", name,
                    (unsigned)d->kv_heads, (unsigned)d->heads);
    if (head_size(d) % 2 != 0)
        return fail(failure, kExitInput, "%s: a head of %u values, which is odd, cannot be rotated",
                    name, (unsigned)head_size(d));
    return true;
}

bool checkpoint_dimensions(struct Dimensions* dimensions, const int32_t* values, const char* name,
                           struct Failure* failure) {
    for (int i = 0; i < kCheckpointDimensions; ++i) {
        if (values[i] < 1 || values[i] > kDimensions[i].limit)
            return fail(failure, kExitInput, "%s: %s is %ld, not from 1 to %ld", name,
                        kDimensions[i].name, (long)values[i], (long)kDimensions[i].limit);
    }
    *dimensions = (struct Dimensions){
        .dim = (uint32_t)values[0],
        .hidden_dim = (uint32_t)values[1],
        .layers = (uint32_t)values[2],
        .heads = (uint32_t)values[3],
        .kv_heads = (uint32_t)values[4],
        .vocab_size = (uint32_t)values[5],
        .seq_len = (uint32_t)values[6],
    };
    return check_shape(dimensions, name, failure);
}

static bool require_header(const struct Cursor* cursor, uint64_t size, const char* name,
                           struct Failure* failure) {
    if (cursor->size >= size) return true;
    return fail(failure, kExitInput, "%s: %llu bytes are too few for a header of %llu", name,
                (unsigned long long)cursor->size, (unsigned long long)size);
}

static bool parse_float_header(struct Checkpoint* checkpoint, struct Cursor* cursor,
                               const char* name, struct Failure* failure) {
    int32_t values[kCheckpointDimensions];
    if (!require_header(cursor, kFloatHeaderSize, name, failure)) return false;
    memcpy(values, take(cursor, kFloatHeaderSize), sizeof values);
    checkpoint->shared_classifier = values[5] >= 0;
    if (values[5] < 0 && values[5] != INT32_MIN) values[5] = -values[5];
    return checkpoint_dimensions(&checkpoint->dimensions, values, name, failure);
}

// The group size must keep what follows the int8 values aligned, and divide the rows of every
// matrix.
static bool check_group_size(const struct Checkpoint* checkpoint, int32_t size, const char* name,
                             struct Failure* failure) {
    const struct Dimensions* d = &checkpoint->dimensions;
    if (size < 4 || size % 4 != 0)
        return fail(failure, kExitInput, "%s: group size is %ld, not a multiple of 4", name,
                    (long)size);
    if (d->dim % (uint32_t)size != 0 || d->hidden_dim % (uint32_t)size != 0)
        return fail(failure, kExitInput,
                    "%s: group size %ld does not divide dim %u and hidden_dim %u", name, (long)size,
                    (unsigned)d->dim, (unsigned)d->hidden_dim);
    return true;
}

static bool parse_quantised_header(struct Checkpoint* checkpoint, struct Cursor* cursor,
                                   const char* name, struct Failure* failure) {
    int32_t values[kCheckpointDimensions];
    if (!require_header(cursor, kQuantisedHeaderSize, name, failure)) return false;
    const unsigned char* header = take(cursor, kQuantisedHeaderSize);
    checkpoint->version = read_int32(header + 4);
    if (checkpoint->version != 2)
        return fail(failure, kExitInput, "%s: version %d is none of 0 (fp32) and 2 (int8)", name,
                    checkpoint->version);
    memcpy(values, header + 8, sizeof values);
    const unsigned char* behind = header + 8 + sizeof values;
    if (behind[0] > 1)
        return fail(failure, kExitInput, "%s: the shared classifier is %u, neither 0 nor 1", name,
                    behind[0]);
    checkpoint->shared_classifier = behind[0] == 1;
    const int32_t group_size = read_int32(behind + 1);
    if (!checkpoint_dimensions(&checkpoint->dimensions, values, name, failure)) return false;
    if (!check_group_size(checkpoint, group_size, name, failure)) return false;
    checkpoint->group_size = (uint32_t)group_size;
    return true;
}

static void take_layers(struct Checkpoint* c, struct Cursor* cursor) {
    const struct Dimensions* d = &c->dimensions;
    const uint32_t group = c->group_size;
    c->query = take_stack(cursor, group, d->layers, d->dim, d->dim);
    c->key = take_stack(cursor, group, d->layers, kv_dim(d), d->dim);
    c->value = take_stack(cursor, group, d->layers, kv_dim(d), d->dim);
    c->output = take_stack(cursor, group, d->layers, d->dim, d->dim);
    // Here the float format has its feed-forward norms.
    if (c->version == 0) c->feed_forward_norm = take_floats(cursor, (uint64_t)d->layers * d->dim);
    c->gate = take_stack(cursor, group, d->layers, d->hidden_dim, d->dim);
    c->down = take_stack(cursor, group, d->layers, d->dim, d->hidden_dim);
    c->up = take_stack(cursor, group, d->layers, d->hidden_dim, d->dim);
}

static void take_embedding(struct Checkpoint* c, struct Cursor* cursor) {
    const struct Dimensions* d = &c->dimensions;
    c->embedding = take_stack(cursor, c->group_size, 1, d->vocab_size, d->dim);
}

static void take_classifier(struct Checkpoint* c, struct Cursor* cursor) {
    const struct Dimensions* d = &c->dimensions;
    c->classifier = c->shared_classifier
                        ? c->embedding
                        : take_stack(cursor, c->group_size, 1, d->vocab_size, d->dim);
}

static void take_float_parts(struct Checkpoint* c, struct Cursor* cursor) {
    const struct Dimensions* d = &c->dimensions;
    take_embedding(c, cursor);
    c->attention_norm = take_floats(cursor, (uint64_t)d->layers * d->dim);
    take_layers(c, cursor);
    c->final_norm = take_floats(cursor, d->dim);
    take_floats(cursor, (uint64_t)d->seq_len * head_size(d));  // the two unused tables
    take_classifier(c, cursor);
}

static void take_quantised_parts(struct Checkpoint* c, struct Cursor* cursor) {
    const struct Dimensions* d = &c->dimensions;
    c->attention_norm = take_floats(cursor, (uint64_t)d->layers * d->dim);
    c->feed_forward_norm = take_floats(cursor, (uint64_t)d->layers * d->dim);
    c->final_norm = take_floats(cursor, d->dim);
    take_embedding(c, cursor);
    take_layers(c, cursor);
    take_classifier(c, cursor);
}

bool checkpoint_parse(struct Checkpoint* checkpoint, const char* name, const void* bytes,
                      size_t size, struct Failure* failure) {
    struct Cursor cursor = {bytes, size, 0};
    *checkpoint = (struct Checkpoint){.version = 0};
    if (!require_header(&cursor, sizeof(int32_t), name, failure)) return false;
    if (read_int32(bytes) == kCheckpointMagic) {
        if (!parse_quantised_header(checkpoint, &cursor, name, failure)) return false;
        take_quantised_parts(checkpoint, &cursor);
    } else {
        if (!parse_float_header(checkpoint, &cursor, name, failure)) return false;
        take_float_parts(checkpoint, &cursor);
    }
    if (cursor.offset == size) return true;
    return fail(failure, kExitInput, "%s: %s: its header asks for %llu bytes, it has %llu", name,
                cursor.offset > size ? "truncated" : "bytes behind the model",
                (unsigned long long)cursor.offset, (unsigned long long)size);
}
