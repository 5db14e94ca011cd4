#include "graph/shape.hpp"

#include "graph/stamp.hpp"
#include "support/catch.hpp"

using namespace tierbuild;
using namespace tierbuild::graph;

namespace {

template <class Op>
using Changes = std::vector<std::function<void(Op&)>>;

/// Every change makes an operation of another shape, and no two make the same.
template <class Op>
void require_all_distinct(const Op& op, const Changes<Op>& changes) {
  std::set<std::string> shapes{shape_of(op)};
  REQUIRE(shape_of(op) == *shapes.begin());
  for (size_t i = 0; i < changes.size(); ++i) {
    Op changed = op;
    changes[i](changed);
    INFO("change " << i);
    REQUIRE(shapes.insert(shape_of(changed)).second);
  }
}

Run mounting(Mount mount) {
  Run run;
  run.argv = {"true"};
  mount.target = "/m";
  run.mounts = {std::move(mount)};
  return run;
}

Mount of_kind(Mount::Kind kind) {
  Mount mount;
  mount.kind = kind;
  return mount;
}

}  // namespace

TEST_CASE("every field of a base is part of its shape") {
  Base debian;
  debian.kind = Base::Kind::debian;
  debian.suite = "bookworm";
  require_all_distinct<Base>(
      debian,
      {[](Base& base) { base.suite = "trixie"; }, [](Base& base) { base.mirror = "http://mirror.example"; },
       [](Base& base) { base.packages = {"python3"}; }, [](Base& base) { base = Base{}; },
       [](Base& base) {
         base = Base{};
         base.kind = Base::Kind::registry;
         base.reference = "docker.io/library/debian:12";
       },
       [](Base& base) {
         base = Base{};
         base.kind = Base::Kind::layout;
         base.reference = "/layout";
       },
       [](Base& base) {
         base = Base{};
         base.kind = Base::Kind::layout;
         base.reference = "/layout";
         base.name = "v2";
       }});
}

TEST_CASE("every field of a copied item is part of the copy's shape") {
  Copy copy;
  copy.items.push_back({FileSource{"/a", {"src"}, {}, "src", {}}, "/app", {}, {}});
  require_all_distinct<Copy>(
      copy, {[](Copy& c) { c.items[0].to = "/srv"; }, [](Copy& c) { c.items[0].owner.uid = 7; },
             [](Copy& c) { c.items[0].owner.gid = 7; }, [](Copy& c) { c.items[0].owner.user = "app"; },
             [](Copy& c) { c.items[0].owner.group = "app"; }, [](Copy& c) { c.items[0].mode = 0755; },
             [](Copy& c) { c.items[0].source = TextSource{"one"}; },
             [](Copy& c) { c.items[0].source = TextSource{"two"}; },
             [](Copy& c) {
               c.items[0].source = StackSource{StackId(0), "/usr"};
             },
             [](Copy& c) { c.items[0].source = FetchSource{NodeId(0)}; },
             [](Copy& c) { c.items.push_back(c.items[0]); }});
}

TEST_CASE("every field of a placed item is part of the shape, but for how a context is read") {
  FileSource context;
  context.root = "/a";
  context.include = {"src"};
  context.is_context = true;
  Place place;
  place.items.push_back({context, "", false});
  place.to = "/app";
  require_all_distinct<Place>(
      place,
      {[](Place& p) { p.to = "/app/"; }, [](Place& p) { p.owner = "7"; }, [](Place& p) { p.mode = "7"; },
       [](Place& p) { p.exclude = {"7"}; }, [](Place& p) { p.parents = true; },
       [](Place& p) { p.link = true; }, [](Place& p) { p.items[0].unpack = true; },
       [](Place& p) { std::get<FileSource>(p.items[0].source).include = {"lib"}; },
       [](Place& p) {
         p.items[0] = {TextSource{"one"}, "name", false};
       },
       [](Place& p) {
         p.items[0] = {TextSource{"one"}, "other", false};
       },
       [](Place& p) { p.items.push_back(p.items[0]); }});
  Place elsewhere = place;
  std::get<FileSource>(elsewhere.items[0].source).root = "/b";
  std::get<FileSource>(elsewhere.items[0].source).ignore = {"*.log"};
  REQUIRE(shape_of(elsewhere) == shape_of(place));
  require_all_distinct<MakeDirectory>({{}, "/app", ""}, {[](MakeDirectory& d) { d.path = "/srv"; },
                                                         [](MakeDirectory& d) { d.owner = "app"; }});
}

TEST_CASE("a placed copy stands on its image unless it is linked and needs no names") {
  auto looks = [](bool link, const std::string& owner, const std::string& mode) {
    Place place;
    place.link = link;
    place.owner = owner;
    place.mode = mode;
    return place.looks_at_stack();
  };
  REQUIRE(looks(false, "", ""));
  REQUIRE_FALSE(looks(true, "", ""));
  REQUIRE_FALSE(looks(true, "7:8", ""));
  REQUIRE(looks(true, "app", ""));
  REQUIRE(looks(true, "", "0644"));
}

TEST_CASE("every field of a user is part of its shape") {
  AddUser user;
  user.name = "app";
  require_all_distinct<AddUser>(
      user, {[](AddUser& u) { u.name = "web"; }, [](AddUser& u) { u.uid = 0; }, [](AddUser& u) { u.gid = 0; },
             [](AddUser& u) { u.group = "users"; }, [](AddUser& u) { u.home = "/home/app"; },
             [](AddUser& u) { u.shell = "/bin/sh"; }});
}

TEST_CASE("a subtree is known by its paths, a difference by its stacks alone") {
  require_all_distinct<Subtree>(Subtree{{}, "/usr", "/usr"}, {[](Subtree& tree) { tree.path = "/opt"; },
                                                              [](Subtree& tree) { tree.to = "/opt"; }});
  REQUIRE(shape_of(Difference{StackId(0), StackId(1)}) == shape_of(Difference{StackId(1), StackId(0)}));
}

TEST_CASE("a fetch is known by its content, not by its address") {
  Fetch fetch{"https://one.example/x", std::string(64, 'a'), false, 0};
  require_all_distinct<Fetch>(fetch, {[](Fetch& f) { f.sha256 = std::string(64, 'b'); },
                                      [](Fetch& f) { f.unpack = true; }, [](Fetch& f) { f.strip = 1; }});
  Fetch moved = fetch;
  moved.url = "https://two.example/x";
  REQUIRE(shape_of(moved) == shape_of(fetch));
}

TEST_CASE("kinds of mounts, and what a step sees of each, are part of a run's shape") {
  Mount bind = of_kind(Mount::Kind::bind);
  bind.from = TextSource{"one"};
  Mount other = bind;
  other.from = TextSource{"two"};
  Mount writable = bind;
  writable.writable = true;
  Mount tmpfs = of_kind(Mount::Kind::tmpfs);
  Mount small = tmpfs;
  small.size = 4096;
  Mount secret = of_kind(Mount::Kind::secret);
  Mount variable = secret;
  variable.env = "TOKEN";
  Mount optional = secret;
  optional.required = false;
  Mount seeded = of_kind(Mount::Kind::cache);
  seeded.seeded = true;
  seeded.from = StackSource{StackId(0), "/seed"};
  Mount private_cache = of_kind(Mount::Kind::cache);
  private_cache.sharing = Sharing::private_;
  std::set<std::string> shapes;
  std::vector<Mount> all{bind,
                         other,
                         writable,
                         tmpfs,
                         small,
                         secret,
                         variable,
                         optional,
                         seeded,
                         private_cache,
                         of_kind(Mount::Kind::ssh),
                         of_kind(Mount::Kind::cache)};
  for (const Mount& mount : all) shapes.insert(shape_of(mounting(mount)));
  REQUIRE(shapes.size() == all.size());
  Run script = mounting(bind), longer = script;
  script.script = Script{"/run/script", "#!/bin/sh\n"};
  longer.script = Script{"/run/script", "#!/bin/sh\ntrue\n"};
  REQUIRE(shape_of(script) != shape_of(longer));
  REQUIRE(shape_of(script) != shape_of(mounting(bind)));
}

TEST_CASE("the names of stamps can be filled in") {
  for (const std::string& name : stamp_names())
    REQUIRE(*fill_stamps(stamp_token(name), {{name, "value"}}) == "value");
  auto missing = fill_stamps(stamp_token("version"), {});
  REQUIRE_CODE(missing, Code::invalid);
  REQUIRE(missing.error().hint() == "set `version`");
}
