// Files from elsewhere as directories: commits of repositories, and archives. They lie in the store, nobody
// changes them, and they are read as contexts of this machine are.
#pragma once

#include <stop_token>
#include <string>

#include "build/builder.hpp"
#include "dockerfile/remote.hpp"

namespace tierbuild::build {

using dockerfile::RemoteFiles;

/// The files of a repository at the commit that the address names, or that a lock has for it (`locked`, 40
/// hex digits; empty: none). Else the remote is asked each time, or, with `offline`, what it said last holds.
/// Fails with `invalid` if it is not the commit that the address demands.
Result<RemoteFiles> checkout_of(const BuildContext& world, const BuildOptions& options,
                                const dockerfile::GitAddress& address, const std::string& locked,
                                std::stop_token stop);

/// What a blob of the store holds: the members of a tar, compressed or not, or one file.
Result<RemoteFiles> unpacked_blob(const BuildContext& world, const Digest& blob, std::stop_token stop);

}  // namespace tierbuild::build
