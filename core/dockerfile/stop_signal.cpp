#include "dockerfile/stop_signal.hpp"

#include <set>
#include <string>

namespace tierbuild::dockerfile {

bool is_signal(std::string_view text) {
  static const std::set<std::string_view> kNames{
      "ABRT", "ALRM",   "BUS",   "CHLD", "CLD",  "CONT",  "FPE",  "HUP",    "ILL",  "INT",
      "IO",   "IOT",    "KILL",  "PIPE", "POLL", "PROF",  "PWR",  "QUIT",   "SEGV", "STKFLT",
      "STOP", "SYS",    "TERM",  "TRAP", "TSTP", "TTIN",  "TTOU", "UNUSED", "URG",  "USR1",
      "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"};
  bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (number) return text.find_first_not_of('0') != std::string_view::npos;
  std::string name(text);
  for (char& c : name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  std::string_view bare = name;
  if (bare.starts_with("SIG")) bare.remove_prefix(3);
  if (kNames.contains(bare)) return true;
  bool low = bare.starts_with("RTMIN+"), high = bare.starts_with("RTMAX-");
  if (!low && !high) return false;
  std::string_view offset = bare.substr(6);
  bool small = offset.size() == 1 || (offset.size() == 2 && offset[0] == '1');
  return small && offset.find_first_not_of("0123456789") == std::string_view::npos && offset != "0" &&
         (offset.size() == 1 || offset <= (low ? "15" : "14"));
}

}  // namespace tierbuild::dockerfile
