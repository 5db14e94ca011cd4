// Evaluation with primitives of a program that embeds this one.
#pragma once

#include "bindings/evaluate.hpp"
#include "bindings/schema.hpp"

namespace tierbuild::bindings {

std::variant<std::unique_ptr<Evaluation>, EvaluateFailure> evaluate_with(EvaluateOptions options,
                                                                         std::vector<Primitive> extra);

}  // namespace tierbuild::bindings
