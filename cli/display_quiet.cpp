// `-q`: nothing but notices.
#include "base/strings.hpp"
#include "cli/display.hpp"

namespace tierbuild::cli {
namespace {

class QuietDisplay final : public Display {
 public:
  explicit QuietDisplay(const Terminal& terminal) : terminal_(terminal) {}

  void on(const build::Event& event) override {
    if (const auto* notice = std::get_if<build::Notice>(&event))
      terminal_.write(
          fmt::format("{}: {}\n", terminal_.paint(Colour::yellow, "warning"), printable(notice->text)));
  }

 private:
  Terminal terminal_;
};

}  // namespace

std::unique_ptr<Display> quiet_display(const Terminal& terminal) {
  return std::make_unique<QuietDisplay>(terminal);
}

}  // namespace tierbuild::cli
