// `tierbuild graph`.
#include "cli/exit_status.hpp"
#include "cli/graph_text.hpp"
#include "cli/session.hpp"
#include "cli/verb.hpp"
#include "project/selector.hpp"

namespace tierbuild::cli {
namespace {

class GraphVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override {
    flags.text("--format", "FORMAT", "tree, dot, json or mermaid", format_)
        .one_of({"tree", "dot", "json", "mermaid"});
    options_.declare_project(flags);
    flags.words("SEL…", WordKind::selectors, 0, SIZE_MAX, selectors_);
  }

  int run(Program& program) override {
    Session session(program, options_);
    if (int status = session.load(); status != kDone) return status;
    auto selected = project::select(session.project(), session.graph(), selectors_);
    if (!selected) return program.fail(selected.error());
    const graph::Graph& graph = session.graph();
    std::vector<graph::TargetId> targets = with_needs(graph, *selected);
    if (format_ == "dot")
      program.out().write(graph_dot(graph, targets));
    else if (format_ == "mermaid")
      program.out().write(graph_mermaid(graph, targets));
    else if (format_ == "json")
      program.out().write(graph_json(graph, targets));
    else
      program.out().write(graph_tree(graph, targets, program.out()));
    return kDone;
  }

 private:
  Options options_;
  std::string format_ = "tree";
  std::vector<std::string> selectors_;
};

}  // namespace

std::unique_ptr<Verb> make_graph() {
  return std::make_unique<GraphVerb>();
}

}  // namespace tierbuild::cli
