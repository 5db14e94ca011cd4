#include "cli/program_id.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <span>

namespace tierbuild::cli {
namespace {

constexpr size_t padded(size_t size) {
  return (size + 3) & ~size_t{3};
}

// The note `GNU` of type NT_GNU_BUILD_ID among the notes of a segment.
std::string build_id_in(std::span<const char> notes) {
  ElfW(Nhdr) header;
  while (notes.size() >= sizeof header) {
    std::memcpy(&header, notes.data(), sizeof header);
    size_t name = sizeof header, text = name + padded(header.n_namesz), end = text + padded(header.n_descsz);
    if (end > notes.size()) break;
    bool is_id = header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 &&
                 std::memcmp(notes.data() + name, "GNU", 4) == 0;
    if (is_id) {
      std::string id;
      for (unsigned char byte : notes.subspan(text, header.n_descsz)) id += fmt::format("{:02x}", byte);
      return id;
    }
    notes = notes.subspan(end);
  }
  return {};
}

// The first object is the program itself.
int read_program(dl_phdr_info* info, size_t, void* out) {
  auto& id = *static_cast<std::string*>(out);
  for (const ElfW(Phdr) & segment : std::span(info->dlpi_phdr, info->dlpi_phnum))
    if (segment.p_type == PT_NOTE && id.empty())
      id = build_id_in({reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr), segment.p_memsz});
  return 1;
}

}  // namespace

std::string program_id() {
  std::string id;
  ::dl_iterate_phdr(read_program, &id);
  return id;
}

}  // namespace tierbuild::cli
