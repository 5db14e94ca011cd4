// Stacks as stages: what stands on a target's stack stands on its stage, and the steps above it are
// instructions.
#include <algorithm>

#include "base/strings.hpp"
#include "export/dockerfile.hpp"
#include "export/dockerfile_steps.hpp"
#include "export/dockerfile_text.hpp"

namespace tierbuild::exports {
namespace {

using graph::NodeId;
using graph::StackId;
using graph::TargetId;

class Stages final : public StageNames {
 public:
  explicit Stages(const Request& request) : request_(request), graph_(request.graph) {}

  Result<DockerStages> write(const std::vector<TargetId>& targets) {
    for (size_t i = 0; i < graph_.targets().size(); ++i) {
      names_.insert(stage_name(graph_, TargetId(i)));
      for (TargetId below : graph_.targets()[i].needs) shared_.insert(graph_[below].root.index());
      roots_.emplace(graph_.targets()[i].root.index(), TargetId(i));
    }
    for (TargetId target : targets) selected_.insert(target.index());
    for (TargetId target : targets) TB_TRY(add_target(target));
    return std::move(out_);
  }

  Result<std::string> of(StackId stack) override {
    NodeId top = graph_[stack].top;
    if (const auto* base = std::get_if<graph::Base>(&graph_[top].op)) return base_name(*base, graph_[top]);
    if (auto known = stages_.find(stack.index()); known != stages_.end()) return known->second;
    auto root = roots_.find(stack.index());
    std::string name = root == roots_.end() ? fresh(graph_[top].label) : files_stage(root->second);
    TB_TRY(add_stage(stack, name, {}));
    return name;
  }

  Result<std::string> of_text(const std::string& text) override {
    if (auto known = texts_.find(text); known != texts_.end()) return known->second;
    std::string name = fresh("text");
    begin(name, "scratch");
    out_.text += with_heredoc("COPY", "/text", text);
    return texts_[text] = name;
  }

  Result<std::string> of_fetch(NodeId node) override {
    if (auto known = fetches_.find(node.index()); known != fetches_.end()) return known->second;
    const auto& fetch = std::get<graph::Fetch>(graph_[node].op);
    std::string name = fresh("fetch");
    begin(name, "scratch");
    out_.text += fmt::format("ADD --checksum=sha256:{} {} /file\n", fetch.sha256, path_words({fetch.url}));
    return fetches_[node.index()] = name;
  }

  Result<std::string> of_unpacked(NodeId node, StackId on) override {
    auto [known, is_new] = unpacked_.try_emplace(std::pair(node.index(), on.index()));
    if (!is_new) return known->second;
    TB_LET(std::string below, of(on));
    StepWriter writer(request_, *this, out_.notes);
    TB_TRY(writer.unpack(node, "/unpacked"));
    std::string name = fresh("unpacked");
    begin(name, below);
    out_.text += writer.take();
    return known->second = name;
  }

  Result<std::string> of_output(NodeId node) override {
    if (auto known = outputs_.find(node.index()); known != outputs_.end()) return known->second;
    const auto& run = std::get<graph::Run>(graph_[node].op);
    TB_LET(std::string below, of(run.on));
    StepWriter writer(request_, *this, out_.notes);
    TB_TRY(writer.run(run, graph_[node]));
    std::string name = fresh(graph_[node].label);
    begin(name, below);
    out_.text += fmt::format("RUN mkdir -p {}\n", shell_quote(run.out)) + writer.take();
    return outputs_[node.index()] = name;
  }

 private:
  void begin(const std::string& name, const std::string& below) {
    out_.text += fmt::format("\nFROM {} AS {}\n", below, name);
  }

  // A name that no other stage has, made from a label: "tier:base/run" → "base-run".
  std::string fresh(const std::string& label) {
    std::string name;
    for (char c : lower(label.substr(label.find(':') == std::string::npos ? 0 : label.find(':') + 1))) {
      bool good = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
      if (good || (!name.empty() && name.back() != '-')) name += good ? c : '-';
    }
    while (!name.empty() && !std::isalnum(static_cast<unsigned char>(name.back()))) name.pop_back();
    if (name.empty() || !std::isalpha(static_cast<unsigned char>(name.front()))) name = "stage-" + name;
    std::string free = name;
    for (int number = 2; !names_.insert(free).second; ++number) free = fmt::format("{}-{}", name, number);
    return free;
  }

  // The stage with the files of a target, and without its config, which would reach the steps above.
  std::string files_stage(TargetId target) {
    std::string name = stage_name(graph_, target);
    return selected_.contains(target.index()) ? fresh(name + "-files") : name;
  }

  static Result<std::string> base_name(const graph::Base& base, const graph::Node& node) {
    if (base.kind == graph::Base::Kind::scratch) return std::string("scratch");
    if (base.kind == graph::Base::Kind::registry) return base.reference;
    return Error::make(Code::invalid, "a base that is {} cannot be said in a Dockerfile",
                       base.kind == graph::Base::Kind::debian ? "bootstrapped" : "an image layout")
        .at(node.where)
        .hint("push such a tier to a registry, and let the others stand on that image");
  }

  // The nearest stack below that has a stage, or is the base: what is above it are the stage's instructions.
  Status add_stage(StackId stack, const std::string& name, const std::string& config) {
    std::vector<NodeId> steps;
    StackId below = stack;
    while (graph_[below].below.valid()) {
      bool known = stages_.contains(below.index()) || shared_.contains(below.index());
      if (known && (below != stack || !config.empty())) break;
      const auto* difference = std::get_if<graph::Difference>(&graph_[graph_[below].top].op);
      if (difference != nullptr && stands_on(difference->of, graph_[below].below) &&
          difference->base == graph_[below].below) {
        below = difference->of;  // what it adds to the stack that it is put on again
        continue;
      }
      steps.push_back(graph_[below].top);
      below = graph_[below].below;
    }
    TB_LET(std::string from, of(below));
    StepWriter writer(request_, *this, out_.notes);
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) TB_TRY(writer.step(graph_[*step], *step));
    std::string body = writer.take();
    begin(name, from);
    out_.text += body + config;
    if (config.empty()) stages_.emplace(stack.index(), name);
    return {};
  }

  bool stands_on(StackId stack, StackId base) const {
    while (stack.valid() && stack != base) stack = graph_[stack].below;
    return stack.valid();
  }

  Status add_target(TargetId id) {
    const graph::Target& target = graph_[id];
    std::string config = config_instructions(target, out_.notes);
    if (target.check.valid()) out_.notes.push_back(target.id() + ": its check is not run");
    if (config.empty()) config = "# no config of its own\n";
    return add_stage(target.root, stage_name(graph_, id), config);
  }

  const Request& request_;
  const graph::Graph& graph_;
  DockerStages out_;
  std::set<std::string> names_;
  std::set<size_t> selected_;
  std::set<size_t> shared_;  // roots of targets that others need
  std::map<size_t, TargetId> roots_;
  std::map<size_t, std::string> stages_, fetches_, outputs_;
  std::map<std::pair<size_t, size_t>, std::string> unpacked_;  // by archive and stack
  std::map<std::string, std::string> texts_;
};

}  // namespace

std::string stage_name(const graph::Graph& graph, TargetId id) {
  const graph::Target& target = graph[id];
  std::string name = lower(target.name);
  bool shared = std::any_of(graph.targets().begin(), graph.targets().end(), [&](const graph::Target& other) {
    return other.kind != target.kind && lower(other.name) == name;
  });
  return shared ? fmt::format("{}-{}", name, graph::name_of(target.kind)) : name;
}

Result<DockerStages> docker_stages(const Request& request, const std::vector<TargetId>& targets) {
  return Stages(request).write(targets);
}

}  // namespace tierbuild::exports
