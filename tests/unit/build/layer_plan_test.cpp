#include "build/layer_plan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "archive/layer_reader.hpp"
#include "base/unique_fd.hpp"
#include "support/temp.hpp"

using namespace tierbuild;
using archive::Entry;
using archive::EntryType;
using build::LayerPlan;

namespace {

Entry file(const std::string& path, uint32_t mode = 0644) {
  Entry entry;
  entry.path = path;
  entry.mode = mode;
  return entry;
}

/// The members of the layer that a plan gives, as `path mode`.
std::vector<std::string> members(const LayerPlan& plan) {
  test::Temp temp;
  std::string path = temp / "layer";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE_OK(plan.write(fd.get(), {}));
  ::lseek(fd.get(), 0, SEEK_SET);
  auto reader = archive::TarReader::open(fd.get());
  REQUIRE_OK(reader);
  std::vector<std::string> found;
  for (;;) {
    auto entry = reader->next();
    REQUIRE_OK(entry);
    if (!*entry) return found;
    found.push_back(fmt::format("{} {:o}", (*entry)->path, (*entry)->mode));
  }
}

using Members = std::vector<std::string>;

}  // namespace

TEST_CASE("members are sorted and their directories come with them") {
  LayerPlan plan;
  plan.add(file("srv/b", 0755), std::string("x"));
  plan.add(file("srv/a"), std::string("y"));
  plan.add(file("etc/conf"), std::string("z"));
  REQUIRE(members(plan) == Members{"etc 755", "etc/conf 644", "srv 755", "srv/a 644", "srv/b 755"});
}

TEST_CASE("places that have other modes on every system keep them") {
  LayerPlan plan;
  plan.add(file("tmp/x"), std::string());
  plan.add(file("root/y"), std::string());
  REQUIRE(members(plan) == Members{"root 700", "root/y 644", "tmp 1777", "tmp/x 644"});
}

TEST_CASE("a later entry replaces an earlier one, and a given directory an implied one") {
  LayerPlan plan;
  plan.add(file("app/x", 0644), std::string("old"));
  plan.add(file("app/x", 0755), std::string("new"));
  Entry directory = file("app", 0700);
  directory.type = EntryType::directory;
  plan.add(directory);
  REQUIRE(members(plan) == Members{"app 700", "app/x 755"});
}
