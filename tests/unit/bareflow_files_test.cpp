// Archives that cpio has made, whole and damaged.
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "bareflow_host.h"
#include "scratch_folder.h"

namespace {

using kiln::test::ScratchFolder;

std::string contents_of(size_t size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7 + size);
    return text;
}

class BareflowFiles : public ::testing::Test {
  protected:
    // Packs files of these names, each as long as the number, in that order.
    std::string pack(const std::vector<std::pair<std::string, size_t>>& files,
                     const char* format = "newc") {
        std::string list;
        for (const auto& [name, size] : files) {
            const std::filesystem::path path = folder_.path() / name;
            std::filesystem::create_directories(path.parent_path());
            folder_.write(name, contents_of(size));
            list += name + "\n";
        }
        return archive(list, format);
    }
    std::string archive(const std::string& list, const char* format = "newc") {
        folder_.write("list", list);
        const std::string command = "cd '" + folder_.path().string() + "' && cpio --quiet -o -H " +
                                    format + " < list > archive";
        EXPECT_EQ(std::system(command.c_str()), 0);
        return folder_.read("archive");
    }
    ScratchFolder folder_;
};

// A copy that ends where its memory does.
class Exact {
  public:
    explicit Exact(const std::string& bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
        std::memcpy(bytes_.get(), bytes.data(), bytes.size());
    }
    // The file's contents; "(none)" if it is not there.
    std::string find(const char* name) const {
        size_t size = 12345;
        const auto* const found =
            static_cast<const char*>(cpio_find(bytes_.get(), size_, name, &size));
        if (!found) {
            EXPECT_EQ(size, 12345u);
            return "(none)";
        }
        EXPECT_GE(found, bytes_.get());
        EXPECT_LE(size, size_ - static_cast<size_t>(found - bytes_.get()));
        EXPECT_EQ((found - bytes_.get()) % 4, 0);
        return {found, size};
    }

  private:
    size_t size_;
    std::unique_ptr<char[]> bytes_;
};

TEST_F(BareflowFiles, FindsEveryFile) {
    const std::vector<std::pair<std::string, size_t>> files = {
        {"model.bin", 1000}, {"tokenizer.bin", 333}, {"a", 1},           {"ab", 2}, {"abc", 3},
        {"abcd", 4},         {"empty", 0},           {"dir/inside", 50},
    };
    for (const char* format : {"newc", "crc"}) {
        const Exact archive(pack(files, format));
        for (const auto& [name, size] : files)
            EXPECT_EQ(archive.find(name.c_str()), contents_of(size)) << name;
        for (const char* name :
             {"", "model", "model.bin2", "odel.bin", "dir", "inside", "TRAILER!!!"})
            EXPECT_EQ(archive.find(name), "(none)") << name;
    }
}

TEST_F(BareflowFiles, NamesWithAndWithoutDot) {
    pack({{"plain", 10}, {"dotted", 20}});
    const Exact archive(this->archive(".\nplain\n./dotted\n"));
    EXPECT_EQ(archive.find("."), "(none)");
    for (const std::string prefix : {"", "./", "/"}) {
        EXPECT_EQ(archive.find((prefix + "plain").c_str()), contents_of(10));
        EXPECT_EQ(archive.find((prefix + "dotted").c_str()), contents_of(20));
    }
}

TEST_F(BareflowFiles, NoArchive) {
    size_t size;
    EXPECT_EQ(cpio_find(nullptr, 0, "a", &size), nullptr);
    EXPECT_EQ(Exact(std::string(1000, '\0')).find("a"), "(none)");
    EXPECT_EQ(Exact(std::string(1000, '0')).find("a"), "(none)");
    EXPECT_EQ(Exact(pack({{"a", 10}}, "odc")).find("a"), "(none)");
}

// Cut anywhere: what is whole before the cut is found, the rest is not, and nothing beyond is read.
TEST_F(BareflowFiles, CutArchives) {
    const std::string whole = pack({{"first", 301}, {"second", 202}});
    const size_t first_end = (110 + 6 + 301 + 3) / 4 * 4;
    const size_t second_end = first_end + (110 + 7 + 3) / 4 * 4 + 202;
    for (size_t length = 0; length <= whole.size(); ++length) {
        const Exact archive(whole.substr(0, length));
        EXPECT_EQ(archive.find("first"), length >= 116 + 301 ? contents_of(301) : "(none)")
            << length;
        EXPECT_EQ(archive.find("second"), length >= second_end ? contents_of(202) : "(none)")
            << length;
        archive.find("third");
    }
}

// Every byte of the headers changed in turn; the bounds are checked by Exact, and by the sanitizer.
TEST_F(BareflowFiles, DamagedArchives) {
    const std::string whole = pack({{"first", 30}, {"second", 20}, {"third", 5}});
    for (size_t at = 0; at < whole.size(); ++at)
        for (const char byte : {'\0', '0', '9', 'f', 'F', 'g', '\xff'}) {
            std::string damaged = whole;
            damaged[at] = byte;
            const Exact archive(damaged);
            for (const char* name : {"first", "second", "third", "none"}) archive.find(name);
        }
}

TEST_F(BareflowFiles, AbsurdLengths) {
    const std::string whole = pack({{"first", 30}, {"second", 20}});
    const size_t file_size = 6 + 6 * 8;
    const size_t name_size = 6 + 11 * 8;
    for (const size_t field : {file_size, name_size})
        for (const char* value : {"FFFFFFFF", "FFFFFF92", "7FFFFFFF", "80000000", "00000000"}) {
            std::string damaged = whole;
            damaged.replace(field, 8, value);
            EXPECT_EQ(Exact(damaged).find("second"), "(none)") << field << " " << value;
        }
    std::string no_end = whole;
    no_end.replace(name_size, 8, "00000005");  // the first name without its terminator
    EXPECT_EQ(Exact(no_end).find("first"), "(none)");
}

}  // namespace
