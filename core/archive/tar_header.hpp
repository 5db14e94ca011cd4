// Private: the header blocks of tar members, byte for byte the same everywhere.
//
// Written here and not by libarchive (3.6), which puts xattr names URL-encoded under SCHILY.xattr, reads
// paths through the process's locale, marks every path that is not ASCII with `hdrcharset`, needs 7 µs for
// each member, and promises no stable bytes between its versions.
#pragma once

#include <string>

#include "archive/entry.hpp"
#include "base/result.hpp"

namespace tierbuild::archive {

inline constexpr size_t kTarBlock = 512;

/// Appends the ustar header of `entry`, after a pax header with what ustar cannot hold: long paths, sizes
/// from 8 GiB, large owners, times outside of 1970–2242, xattrs (SCHILY.xattr). Only seconds, no names of
/// owners, no atime or ctime. Fails with `invalid` for what a tar cannot say.
Status append_header(std::string& out, const Entry& entry);

}  // namespace tierbuild::archive
