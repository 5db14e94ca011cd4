#include "cli/outputs.hpp"

#include "base/strings.hpp"
#include "cli/flags.hpp"

namespace tierbuild::cli {

namespace {

struct FileType {
  const char* name;
  store::OutputFormat format;
};
constexpr std::array kFileTypes{
    FileType{"oci", store::OutputFormat::oci}, FileType{"docker", store::OutputFormat::docker},
    FileType{"tar", store::OutputFormat::tar}, FileType{"local", store::OutputFormat::local}};

Error bad_output(const std::string& message) {
  return Error(Code::invalid, message).hint("write -o type=oci|docker|tar|local|registry,dest=PATH");
}

Output file_output(store::OutputFormat format, std::string dest) {
  Output output;
  output.format = format;
  output.dest = std::move(dest);
  return output;
}

}  // namespace

Result<Output> parse_output(const std::string& text) {
  if (text.empty()) return bad_output("the output is empty");
  if (text == "-") return file_output(store::OutputFormat::tar, text);
  if (text.find('=') == std::string::npos) return file_output(store::OutputFormat::local, text);
  Output output;
  std::string type;
  for (const auto& [key, value] : parse_fields(text)) {
    if (key == "type")
      type = value;
    else if (key == "dest")
      output.dest = value;
    else
      return bad_output(fmt::format("unknown field '{}' of an output", key));
  }
  if (type == "registry") {
    if (!output.dest.empty()) return bad_output("output type 'registry' takes no dest");
    output.kind = Output::Kind::push;
    return output;
  }
  auto known =
      std::find_if(kFileTypes.begin(), kFileTypes.end(), [&](const FileType& t) { return t.name == type; });
  if (known == kFileTypes.end())
    return bad_output(type.empty() ? "the output has no type"
                                   : fmt::format("unknown output type '{}'", type));
  output.format = known->format;
  if (!output.dest.empty()) return output;
  if (output.format == store::OutputFormat::local) return bad_output("output type 'local' needs a dest");
  if (output.format == store::OutputFormat::docker)
    output.kind = Output::Kind::load;
  else
    output.dest.push_back('-');
  return output;
}

}  // namespace tierbuild::cli
