#include <unistd.h>

#include <array>
#include <cerrno>

#include "archive/decoder.hpp"
#include "archive/layer_reader.hpp"

namespace tierbuild::archive {
namespace {

constexpr size_t kBlock = 512, kSumAt = 148, kSumSize = 8;

// The octal number of a header; nothing if it holds something else.
std::optional<int64_t> octal(std::string_view text) {
  size_t at = std::min(text.find_first_not_of(' '), text.size());
  size_t end = std::min(text.find_first_of(std::string_view(" \0", 2), at), text.size());
  if (at == end) return std::nullopt;
  int64_t value = 0;
  for (; at < end; ++at) {
    if (text[at] < '0' || text[at] > '7') return std::nullopt;
    value = value * 8 + (text[at] - '0');
  }
  return value;
}

// The sum of the bytes, its own field as spaces; some programs have added them up with their signs.
bool has_sum(std::string_view header) {
  std::optional<int64_t> expected = octal(header.substr(kSumAt, kSumSize));
  int64_t plain = 0, with_signs = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    char c = i >= kSumAt && i < kSumAt + kSumSize ? ' ' : header[i];
    plain += static_cast<unsigned char>(c);
    with_signs += static_cast<signed char>(c);
  }
  return expected && (*expected == plain || *expected == with_signs);
}

}  // namespace

Result<bool> is_archive(int fd, std::stop_token stop) {
  off_t start = ::lseek(fd, 0, SEEK_CUR);
  if (start < 0) return Error::os(errno, "cannot seek");
  std::array<char, kBlock> header{};
  size_t size = 0;
  Result<std::unique_ptr<Decoder>> decoder = Decoder::open(fd, std::move(stop));
  while (decoder && size < kBlock) {
    Result<size_t> got = (*decoder)->read(header.data() + size, kBlock - size);
    if (!got || *got == 0) break;  // whatever it is, it is no archive
    size += *got;
  }
  if (::lseek(fd, start, SEEK_SET) != start) return Error::os(errno, "cannot seek");
  return size == kBlock && has_sum({header.data(), kBlock});
}

}  // namespace tierbuild::archive
