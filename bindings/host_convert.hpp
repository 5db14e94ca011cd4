// Between the values of the embedding API and those of a Buildfile.
#pragma once

#include "bindings/schema.hpp"
#include "tierbuild/host.hpp"

namespace tierbuild::bindings {

Primitive to_primitive(const HostPrimitive& primitive);

}  // namespace tierbuild::bindings
