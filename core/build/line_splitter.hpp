// LineSplitter: a byte stream as whole lines.
#pragma once

#include <string>
#include <string_view>

namespace tierbuild::build {

/// Keeps what follows the last line end until more comes. A carriage return ends a line too, so that progress
/// bars come piece by piece; lines are cut at `kLimit` bytes, so that memory stays bounded.
class LineSplitter {
 public:
  static constexpr size_t kLimit = 64 << 10;

  template <class OnLine>
  void feed(std::string_view bytes, const OnLine& on_line) {
    while (!bytes.empty()) {
      size_t end = bytes.find_first_of("\n\r");
      std::string_view piece = bytes.substr(0, end);
      if (partial_.size() + piece.size() > kLimit) {
        piece = piece.substr(0, kLimit - partial_.size());
        partial_ += piece;
        bytes.remove_prefix(piece.size());
        flush(on_line);
        continue;
      }
      partial_ += piece;
      if (end == std::string_view::npos) return;
      bool line_feed = bytes[end] == '\n';
      bytes.remove_prefix(end + 1);
      // "\r\n" is one line end, and an empty piece between two carriage returns is no line.
      if (line_feed ? !(after_return_ && partial_.empty()) : !partial_.empty()) flush(on_line);
      after_return_ = !line_feed;
    }
  }

  /// Gives out a last line that has no end.
  template <class OnLine>
  void finish(const OnLine& on_line) {
    if (!partial_.empty()) flush(on_line);
  }

 private:
  template <class OnLine>
  void flush(const OnLine& on_line) {
    on_line(std::string_view(partial_));
    partial_.clear();
  }

  std::string partial_;
  bool after_return_ = false;
};

}  // namespace tierbuild::build
