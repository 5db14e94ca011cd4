#include "base/heap.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>

namespace tierbuild {
namespace {

constexpr size_t kLargePage = 2 << 20;
constexpr int kTopPad = 128 << 10;    // as it is by default
constexpr size_t kChunk = 100 << 10;  // below the size for which malloc maps memory apart
constexpr size_t kMost = 256 << 20;

uintptr_t heap_end() {
  return reinterpret_cast<uintptr_t>(::sbrk(0));
}

}  // namespace

void expect_memory(size_t bytes) {
  if (bytes < kLargePage || bytes > kMost) return;
  const uintptr_t begin = heap_end();
  const uintptr_t from = (begin + kLargePage - 1) / kLargePage * kLargePage;
  // The heap grows by what is asked for and the padding, once what it has at its top is used up.
  ::mallopt(M_TRIM_THRESHOLD, static_cast<int>(2 * bytes));
  ::mallopt(M_TOP_PAD, static_cast<int>(bytes + kLargePage));
  std::array<void*, 4> chunks{};
  for (void*& chunk : chunks) {
    chunk = std::malloc(kChunk);
    if (heap_end() != begin) break;
  }
  for (void* chunk : chunks) std::free(chunk);
  // What lies in front of the first large page is taken, and never used.
  static void* unused = nullptr;
  if (unused == nullptr && heap_end() != begin) unused = std::malloc(from - begin);
  ::mallopt(M_TOP_PAD, kTopPad);
  const uintptr_t to = heap_end() / kLargePage * kLargePage;
  if (from < to)
    (void)::madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);  // else small pages do
}

}  // namespace tierbuild
