#include "cli/build_flow.hpp"

#include <unistd.h>

#include <set>

#include "base/strings.hpp"
#include "build/early_push.hpp"
#include "build/image_index.hpp"
#include "build/merge_index.hpp"
#include "cli/content_tags.hpp"
#include "cli/display.hpp"
#include "cli/exit_status.hpp"
#include "cli/registry_access.hpp"
#include "cli/stamps.hpp"
#include "cli/step_watch.hpp"
#include "cli/text_table.hpp"
#include "graph/stamp.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {
namespace {

constexpr const char* kDefaultRegistry = "docker.io";

// The step whose failure an error tells of: the builder names it in a frame.
const FailedStep* step_of(const Error& error, std::vector<const FailedStep*>& unclaimed) {
  for (auto at = unclaimed.begin(); at != unclaimed.end(); ++at)
    for (const std::string& frame : error.context())
      if (frame == "in step " + (*at)->label) {
        const FailedStep* step = *at;
        unclaimed.erase(at);
        return step;
      }
  return nullptr;
}

// Each error, and under it what the failed step printed last.
void print_errors(Session& session, const build::BuildReport& report, const StepWatch& watch) {
  const Program& program = session.program();
  std::vector<const FailedStep*> unclaimed;
  for (const FailedStep& step : watch.failed()) unclaimed.push_back(&step);
  for (const Error& error : report.errors) {
    program.fail(error);
    const FailedStep* step = step_of(error, unclaimed);
    if (step == nullptr || step->last_lines.empty() || session.options().progress == "json") continue;
    std::string text = fmt::format("  {} note: the last {} line(s) of its output:\n",
                                   program.err().paint(Colour::blue, "="), step->last_lines.size());
    for (const std::string& line : step->last_lines)
      text += fmt::format("    {} {}\n", program.err().paint(Colour::blue, "|"), printable(line));
    program.err().write(text);
  }
}

Result<std::vector<std::string>> full_tags(const std::vector<std::string>& tags,
                                           const std::map<std::string, std::string>& stamps) {
  std::vector<std::string> out;
  for (const std::string& tag : tags) {
    TB_LET(std::string text, graph::fill_stamps(tag, stamps));
    TB_LET(image::Reference reference, image::Reference::parse(text), "in --tag");
    out.push_back(reference.str());
  }
  return out;
}

// A push without a declared registry would end at Docker Hub by accident.
Status check_registry(Session& session, const std::vector<build::PublishItem>& items, bool named_by_hand) {
  if (!session.project().registries.empty() || named_by_hand) return {};
  for (const build::PublishItem& item : items)
    for (const std::string& tag : item.tags) {
      TB_LET(image::Reference reference, image::Reference::parse(tag));
      if (reference.registry == kDefaultRegistry)
        return Error::make(Code::invalid, "'{}' has no registry to be pushed to", item.name)
            .at(session.project().workspace.where)
            .hint("declare one in the Buildfile, registry 'ghcr.io/acme' {}, or name the image with --tag");
    }
  return {};
}

build::ReleaseRequest release_request(const Session& session, const std::string& name) {
  build::ReleaseRequest release{name, {}, rfc3339(Clock::system().now() / 1000)};
  for (const project::RegistryDecl& declared : session.project().registries)
    release.registries.push_back(declared.name);
  return release;
}

struct Publisher {
  Session& session;
  store::Store& store;
  const BuildRequest& request;
  BuildOutcome& outcome;

  std::vector<build::PublishItem> items(bool for_push) const {
    std::vector<build::PublishItem> out;
    std::set<std::string> indexed;
    auto wanted = [&](const build::TargetResult& result) {
      return result.built && (!for_push || session.graph()[result.target].push || !request.tags.empty());
    };
    for (const build::IndexResult& index : outcome.report.indexes) {
      indexed.insert(index.name);
      if (wanted(outcome.report.targets[index.images.front()]))
        out.push_back({index.name, index.manifest, index.tags});
    }
    for (const build::TargetResult& result : outcome.report.targets)
      if (wanted(result) && !indexed.contains(result.name))
        out.push_back({result.name, result.manifest, result.tags, outcome.held.contains(result.target)});
    return out;
  }

  // Those that go to a registry or an engine: all, or what the outputs of this kind are for.
  std::vector<build::PublishItem> items_for(Output::Kind kind) const {
    bool all = kind == Output::Kind::push ? request.push : request.load;
    std::vector<build::PublishItem> out = items(kind == Output::Kind::push);
    std::erase_if(out, [&](const build::PublishItem& item) {
      return !all && std::none_of(request.outputs.begin(), request.outputs.end(), [&](const Output& output) {
        return output.kind == kind && output.takes(item.name);
      });
    });
    return out;
  }

  Status publish(build::EventSink& events, std::stop_token stop) const {
    bool push = request.push, load = request.load;
    for (const Output& output : request.outputs) {
      push = push || output.kind == Output::Kind::push;
      load = load || output.kind == Output::Kind::load;
      if (output.kind != Output::Kind::file) continue;
      std::vector<store::OutputImage> images;
      for (const build::PublishItem& item : items(false))
        if (output.takes(item.name)) images.push_back({item.manifest, item.tags});
      TB_TRY(store::export_images(store, images, output.format, output.dest), "while writing '{}'",
             output.dest);
    }
    if (load) {
      TB_LET(build::Engine engine, build::find_engine(stop));
      TB_TRY(build::load_images(store, items_for(Output::Kind::load), engine, stop));
    }
    if (push) {
      std::vector<build::PublishItem> pushed = items_for(Output::Kind::push);
      TB_TRY(check_registry(session, pushed, !request.tags.empty()));
      TB_LET(Attacher attacher, Attacher::open(session, store, outcome.report, request.attach, stop));
      for (const build::PublishItem& item : pushed)
        if (!item.held) TB_TRY(attacher.attach(item));
      if (request.merge) return merge(pushed, attacher, events, stop);
      TB_LET(outcome.published, build::push_images(store, session.registry(), pushed, session.options().jobs,
                                                   events, stop, release_request(session, request.release)));
    }
    return {};
  }

  // All images go up by their digests first; then each tag gets an index of them and of what it has.
  Status merge(const std::vector<build::PublishItem>& items, Attacher& attacher, build::EventSink& events,
               std::stop_token stop) const {
    std::vector<build::PublishItem> by_digest = items;
    for (build::PublishItem& item : by_digest)
      for (std::string& tag : item.tags) {
        TB_LET(image::Reference reference, image::Reference::parse(tag));
        tag = fmt::format("{}@{}", reference.name(), item.manifest.digest.str());
      }
    TB_LET(std::vector<build::Published> sent,
           build::push_images(store, session.registry(), by_digest, session.options().jobs, events, stop));
    for (const build::PublishItem& item : items) {
      TB_LET(std::vector<image::Descriptor> images, build::images_of(store, item.manifest));
      for (const std::string& tag : item.tags) {
        TB_LET(image::Reference reference, image::Reference::parse(tag));
        auto sign = [&](const image::Descriptor& index) { return attacher.sign(reference, index); };
        TB_LET(image::Descriptor index,
               build::merge_index(session.registry(), reference, images, sign, stop));
        outcome.published.push_back({reference.str(), index.digest, 0});
      }
    }
    if (!outcome.published.empty())
      for (const build::Published& one : sent) outcome.published.front().bytes_sent += one.bytes_sent;
    return {};
  }
};

bool goes_to_registry(const BuildRequest& request) {
  return request.push || std::any_of(request.outputs.begin(), request.outputs.end(),
                                     [](const Output& output) { return output.kind == Output::Kind::push; });
}

// Whether images go to a file or an engine of this host, or run.
bool leaves(const BuildRequest& request) {
  return request.load || request.run ||
         std::any_of(request.outputs.begin(), request.outputs.end(),
                     [](const Output& output) { return output.kind != Output::Kind::push; });
}

// Whoever gets the images wants their layers. A registry that they go to can take those that it has from
// itself.
void want_layers(const Session& session, const BuildRequest& request,
                 const std::vector<graph::TargetId>& targets, build::BuildOptions& options) {
  options.whole_images = leaves(request) || goes_to_registry(request);
  if (leaves(request) || !options.whole_images) return;
  std::set<std::string> registries;
  for (graph::TargetId target : targets)
    for (const std::string& tag : session.graph()[target].tags) registries.insert(registry_host(tag));
  if (registries.size() == 1) options.mountable = *registries.begin();
}

// Of the machines that merge what they push, each leaves alone what is not declared for its platform.
void drop_foreign(Session& session, std::vector<graph::TargetId>& targets) {
  const project::Project& project = session.project();
  std::erase_if(targets, [&](graph::TargetId id) {
    const std::vector<image::Platform>& declared = project.platforms_of(project.targets[id.index()]);
    return !declared.empty() &&
           std::find(declared.begin(), declared.end(), session.platform()) == declared.end();
  });
}

// Those that are sure to be pushed, if they are built; check_registry() has the last word.
std::vector<graph::TargetId> sent_early(const Session& session, const BuildRequest& request,
                                        const std::vector<graph::TargetId>& targets) {
  std::vector<graph::TargetId> out;
  const bool is_clear = !session.project().registries.empty() || !request.tags.empty();
  if (goes_to_registry(request) && is_clear)
    for (graph::TargetId target : targets)
      if (session.graph()[target].push || !request.tags.empty()) out.push_back(target);
  return out;
}

int build_all(Session& session, const BuildRequest& request, Display& display, StepWatch& watch,
              BuildOutcome& outcome) {
  Program& program = session.program();
  if (request.attach.any() && !request.is_pushed())
    return program.fail(Error(Code::invalid, "--sbom, --provenance and --sign are for images that are pushed")
                            .hint("add --push"));
  auto targets = session.select(request.selectors);
  if (!targets) return program.fail(targets.error());
  if (request.merge && !session.options().names_several_platforms()) {
    drop_foreign(session, *targets);
    if (targets->empty()) {
      display.close();
      program.err().write(
          fmt::format("nothing to push: no selected target is declared for {}\n", session.platform().str()));
      return kDone;
    }
  }
  if (targets->empty() && !session.options().since.empty()) {
    display.close();
    program.err().write(fmt::format("nothing to build: no selected target changed since {}\n",
                                    printable(session.options().since)));
    return kDone;
  }
  std::set<std::string> names;
  for (graph::TargetId id : *targets) names.insert(session.graph()[id].id());
  if (!request.tags.empty() && names.size() != 1)
    return program.fail(
        Error::make(Code::invalid, "--tag names one image, but {} targets are selected", names.size())
            .hint("select one target, or give `tags` in the Buildfile"));
  for (const Output& output : request.outputs)
    if (output.kind == Output::Kind::file && output.dest == "-" && ::isatty(STDOUT_FILENO) == 1)
      return program.fail(Error(Code::invalid, "a tar is not written to a terminal")
                              .hint("give the output a dest, or redirect standard output"));
  auto store = session.store();
  if (!store) return program.fail(store.error());
  auto options = session.build_options();
  if (!options) return program.fail(options.error());
  auto stamps = session.stamps(*targets, request.tags);
  if (!stamps) return program.fail(stamps.error());
  options->stamps = *stamps;
  if (!request.tags.empty()) {
    auto tags = full_tags(request.tags, *stamps);
    if (!tags) return program.fail(tags.error());
    for (graph::TargetId id : *targets) session.set_tags(id, *tags);
  }

  std::stop_token stop = program.interrupt().token();
  build::BuildContext context = session.build_context(**store, watch);
  auto keyed = fill_content_keys(session, context, *options, *targets);
  if (!keyed) return program.fail(keyed.error());
  std::vector<build::TargetResult> there;
  if (goes_to_registry(request) && !leaves(request) && !session.options().no_cache)
    there = take_pushed(session, *keyed, *stamps, *targets, stop);
  for (const build::TargetResult& result : there) outcome.held.insert(result.target);
  auto cache = session.cache(goes_to_registry(request));
  if (!cache) return program.fail(cache.error());
  want_layers(session, request, *targets, *options);
  build::EarlyPush early(**store, session.registry(), *options, session.graph(),
                         sent_early(session, request, *targets), watch, stop);
  build::BuildContext building = session.build_context(**store, early);
  building.cache = *cache;
  build::Builder builder(building, *options);
  auto report = builder.build(session.graph(), *targets, stop);
  if (!report) {
    display.close();
    return program.fail(report.error());
  }
  outcome.report = std::move(report).value();
  std::move(there.begin(), there.end(), std::back_inserter(outcome.report.targets));
  if (!outcome.report.ok()) {
    display.close();
    print_errors(session, outcome.report, watch);
    bool cancelled = std::any_of(outcome.report.errors.begin(), outcome.report.errors.end(),
                                 [](const Error& e) { return e.code() == Code::cancelled; });
    bool host = outcome.report.errors.front().code() == Code::host_lacks;
    outcome.status = cancelled ? kInterrupted : host ? kHostLacks : kFailed;
  } else {
    early.close();
    Publisher publisher{session, **store, request, outcome};
    Status published = publisher.publish(watch, stop);
    if (!outcome.published.empty()) outcome.published.front().bytes_sent += early.finish();
    display.close();
    outcome.status = published ? kDone : program.fail(published.error());
  }
  for (const build::TargetResult& result : outcome.report.targets)
    for (const std::string& missing : result.missing_stamps)
      program.warn(fmt::format("{}: {}; what needs it was left out", result.title, missing));
  return outcome.status;
}

}  // namespace

bool BuildRequest::is_pushed() const {
  return push || std::any_of(outputs.begin(), outputs.end(),
                             [](const Output& output) { return output.kind == Output::Kind::push; });
}

Platforms BuildRequest::platforms(const Options& options) const {
  return (is_pushed() && !merge) || options.names_several_platforms() ? Platforms::all : Platforms::one;
}

BuildOutcome build_and_publish(Session& session, const BuildRequest& request) {
  Program& program = session.program();
  Progress progress = choose_progress(session.options(), program.err(), program.environment());
  std::unique_ptr<Display> display = make_display(progress, program.err(), Clock::system());
  StepWatch watch(*display);
  BuildOutcome outcome;
  outcome.status = build_all(session, request, *display, watch, outcome);
  display->close();
  if (progress == Progress::json)
    program.err().write(finished_json(watch.totals(), outcome.status, program.milliseconds()));
  return outcome;
}

std::vector<std::string> result_digests(const build::BuildReport& report) {
  std::vector<std::string> digests;
  for (size_t i = 0; i < report.targets.size(); ++i) {
    auto index =
        std::find_if(report.indexes.begin(), report.indexes.end(), [&](const build::IndexResult& one) {
          return std::find(one.images.begin(), one.images.end(), i) != one.images.end();
        });
    if (index == report.indexes.end()) {
      if (report.targets[i].built) digests.push_back(report.targets[i].manifest.digest.str());
    } else if (index->images.front() == i) {
      digests.push_back(index->manifest.digest.str());
    }
  }
  return digests;
}

std::string result_table(const build::BuildReport& report, const Terminal& terminal) {
  TextTable table({{"NAME", Align::left},
                   {"DIGEST", Align::left},
                   {"LAYERS", Align::right},
                   {"SIZE", Align::right},
                   {"STEPS", Align::left}});
  for (const build::TargetResult& result : report.targets) {
    if (!result.built) {
      table.add({result.title, "-", "-", "-", "not built"});
      continue;
    }
    std::string steps = result.steps_ran == 0
                            ? std::string(result.reused ? "reused" : "image made anew")
                            : fmt::format("{} ran, {} reused", result.steps_ran, result.steps_reused);
    table.add({result.title, result.manifest.digest.short_hex(), std::to_string(result.layers),
               human_bytes(result.size), steps});
  }
  for (const build::IndexResult& index : report.indexes)
    table.add({index.name, index.manifest.digest.short_hex(), "", "",
               fmt::format("index of {} platforms", index.images.size())});
  return table.str(terminal);
}

}  // namespace tierbuild::cli
