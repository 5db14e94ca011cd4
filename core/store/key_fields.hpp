// The fields of a key as compact bytes: shared prefixes of names, digests in binary, zstd over all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "hash/key_hasher.hpp"

namespace tierbuild::store {

std::string encode_fields(const std::vector<KeyField>& fields);
/// Fails with `corrupt`.
Result<std::vector<KeyField>> decode_fields(std::string_view bytes);

}  // namespace tierbuild::store
