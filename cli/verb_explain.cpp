// `tierbuild explain TARGET [FIELD…]`.
#include <nlohmann/json.hpp>

#include "base/strings.hpp"
#include "cli/change_json.hpp"
#include "cli/exit_status.hpp"
#include "cli/explain_target.hpp"
#include "cli/session.hpp"
#include "cli/text_table.hpp"
#include "cli/verb.hpp"
#include "project/names.hpp"

namespace tierbuild::cli {
namespace {

using bindings::How;
using bindings::Setting;
using Json = nlohmann::ordered_json;

constexpr size_t kLongestValue = 60;

const char* name_of(How how) {
  static constexpr std::array<const char*, 4> kNames{"set", "appended", "over", "replaced"};
  return kNames[static_cast<size_t>(how)];
}

// Cut between characters.
std::string shortened(std::string text) {
  if (text.size() <= kLongestValue) return text;
  size_t end = kLongestValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string through(const Setting& setting) {
  std::string out = setting.through;
  if (setting.used.known()) out += fmt::format(", used at {}", setting.used.str());
  if (setting.how == How::replaced) out += out.empty() ? "replace {…}" : "; replace {…}";
  return out;
}

Json as_json(const Setting& setting) {
  Json instead = Json::array();
  for (const Setting& below : setting.instead_of) instead.push_back(as_json(below));
  Json json{
      {"field", setting.field},     {"value", setting.value},           {"where", place_json(setting.where)},
      {"through", setting.through}, {"used", place_json(setting.used)}, {"how", name_of(setting.how)}};
  json["instead_of"] = std::move(instead);
  return json;
}

bool is_wanted(const Setting& setting, const std::vector<std::string>& fields) {
  return fields.empty() || std::any_of(fields.begin(), fields.end(), [&](const std::string& field) {
           return setting.field == field || setting.field.starts_with(field + ".");
         });
}

class ExplainVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.toggle("--json", "as JSON", json_);
    options_.declare_project(flags);
    flags.words("TARGET [FIELD…]", WordKind::target, 1, SIZE_MAX, words_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    session.explain_fields();
    if (int status = session.evaluate(); status != kDone) return status;
    const project::Project& project = session.project();
    const project::TargetDecl* target = project.find_target(words_[0]);
    if (target == nullptr)
      return program.fail(Error::make(Code::invalid, "there is no target '{}'{}", words_[0],
                                      project::did_you_mean(words_[0], project::names_of(project.targets)))
                              .hint("`tierbuild graph` shows the targets"));
    std::vector<Setting> settings = explain_target(project, session.evaluation().explanations(), *target);
    std::vector<std::string> fields(words_.begin() + 1, words_.end());
    std::erase_if(settings, [&](const Setting& setting) { return !is_wanted(setting, fields); });
    if (!fields.empty() && settings.empty())
      return program.fail(
          Error::make(Code::invalid, "nothing sets '{}' of {}", join(fields, "', '"), target->id()));
    program.out().write(json_ ? json_of(*target, settings) : text_of(program, *target, settings));
    return kDone;
  }

 private:
  static std::string json_of(const project::TargetDecl& target, const std::vector<Setting>& settings) {
    Json list = Json::array();
    for (const Setting& setting : settings) list.push_back(as_json(setting));
    Json json{{"target", target.id()}, {"where", place_json(target.where)}, {"settings", list}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  static std::string text_of(const Program& program, const project::TargetDecl& target,
                             const std::vector<Setting>& settings) {
    TextTable table(
        {{"FIELD", Align::left}, {"VALUE", Align::left}, {"SET AT", Align::left}, {"THROUGH", Align::left}});
    for (const Setting& setting : settings) {
      table.add({printable(setting.field), shortened(printable(setting.value)), setting.where.str(),
                 through(setting)});
      for (const Setting& below : setting.instead_of) {
        std::string gone = below.field == setting.field ? "" : " " + printable(below.field);
        table.add(
            {"  instead of" + gone, shortened(printable(below.value)), below.where.str(), through(below)});
      }
    }
    std::string out = fmt::format("{} is declared at {}\n\n", target.id(), target.where.str());
    std::string rows = table.str(program.out());
    for (std::string_view line : split(rows, '\n')) {
      size_t end = line.find_last_not_of(' ');
      if (end != std::string_view::npos) out += std::string(line.substr(0, end + 1)) + "\n";
    }
    return out;
  }

  Options options_;
  std::vector<std::string> words_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_explain() {
  return std::make_unique<ExplainVerb>();
}

}  // namespace tierbuild::cli
