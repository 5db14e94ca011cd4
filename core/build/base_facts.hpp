// What is known of bases and fetched files before any step runs: which content a name has, and a base's
// config.
#pragma once

#include <stop_token>

#include "build/builder.hpp"
#include "image/config.hpp"

namespace tierbuild::build {

enum class Pins { known_only, fetch_unknown, refresh };

/// The digest that the tag of a base has for this store. With `refresh` it is asked for anew, else only if it
/// was never seen. Of a layout or tar, what changes with its content. Empty: the name says all, or, with
/// `known_only`, nothing is known.
Result<std::string> pin_of(const BuildContext& world, const BuildOptions& options, const graph::Base& base,
                           Pins pins, std::stop_token stop);

/// The config of a base, without its layers. One that was asked for before is kept in the store. Fails with
/// `not_found` if the image is not made for the platform, or as the registry does.
Result<image::Config> base_config(const BuildContext& world, const BuildOptions& options,
                                  const graph::Base& base, const image::Platform& platform,
                                  std::stop_token stop);

/// The SHA-256 of a file of the network, in hex, which is then in the store; with `pull` it is fetched anew.
Result<std::string> sha256_of(const BuildContext& world, const BuildOptions& options, const std::string& url,
                              std::stop_token stop);

}  // namespace tierbuild::build
