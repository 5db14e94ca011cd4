// Helpers: blobs in temporary files, and what a tree looks like.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "archive/layer_reader.hpp"
#include "archive/layer_writer.hpp"
#include "base/unique_fd.hpp"
#include "support/catch.hpp"
#include "support/temp.hpp"

namespace tierbuild::archive::test {

using tierbuild::test::Temp;

/// A new file, open for reading and writing, without a name.
UniqueFd scratch_file();
/// The descriptor at its start again.
int rewound(const UniqueFd& file);
std::string bytes_of(const UniqueFd& file);
/// A scratch file with these bytes, at its start.
UniqueFd file_with(std::string_view bytes);

/// A member and, for a file, its bytes.
struct Member {
  Entry entry;
  std::string content = {};
  bool operator==(const Member&) const = default;
};
Member file(std::string path, std::string content, uint32_t mode = 0644);
Member directory(std::string path, uint32_t mode = 0755);
Member soft_link(std::string path, std::string target);
Member hard_link(std::string path, std::string target);

/// Writes the members as a layer to `out`.
Result<LayerBlob> write_layer(int out, const std::vector<Member>& members, const LayerOptions& options = {});
/// All members of a tar.
Result<std::vector<Member>> read_layer(int in);
/// A plain tar of these members.
std::string tar_of(const std::vector<Member>& members);

enum class Times : uint8_t { ignore, compare };
/// Every path below `root` with all that a layer keeps of it, in one line each; "" is the root. Sockets are
/// left out.
std::map<std::string, std::string> describe(const std::filesystem::path& root, Times times = Times::ignore);
/// The same words for an entry; `content` is a file's bytes.
std::string describe(const Entry& entry, const std::string& content, Times times = Times::ignore);
/// Lines of what differs, for messages.
std::string difference(const std::map<std::string, std::string>& one,
                       const std::map<std::string, std::string>& two);

std::string slurp(const std::filesystem::path& path);
bool is_root();

/// Tars byte by byte, for what no honest writer makes.
class RawTar {
 public:
  struct Member {
    std::string name;
    char type = '0';
    std::string link = {};
    std::string content = {};
    std::vector<std::pair<std::string, std::string>> pax = {};
    uint32_t mode = 0644;
    uint32_t major = 0, minor = 0;
    std::string size_field = {};  // instead of the content's size
  };
  RawTar& add(const Member& member);
  std::string str() const { return bytes_ + std::string(1024, '\0'); }

 private:
  std::string bytes_;
};

}  // namespace tierbuild::archive::test
