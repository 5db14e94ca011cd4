// `tierbuild completion`: small scripts that ask the program itself for the candidates.
#include "cli/exit_status.hpp"
#include "cli/program.hpp"
#include "cli/verb.hpp"

namespace tierbuild::cli {
namespace {

constexpr const char* kBash = R"sh(# tierbuild completion for bash
_tierbuild() {
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}") line
  # Words that contain `:` or `=` reach bash in pieces; the program wants them whole.
  local text="${COMP_LINE:0:COMP_POINT}"
  read -r -a words <<< "$text"
  [[ "$text" == *[[:space:]] ]] && words+=("")
  local last="${words[-1]}" piece="${COMP_WORDS[COMP_CWORD]}"
  [[ "$piece" == [:=] ]] && piece=""
  local head="${last%"$piece"}"
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    COMPREPLY+=("${line#"$head"}")
  done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _tierbuild tierbuild ./tierbuild
)sh";

constexpr const char* kZsh = R"sh(#compdef tierbuild
# tierbuild completion for zsh
_tierbuild() {
  local -a candidates
  local line
  while IFS=$'\t' read -r line help; do
    candidates+=("${line//:/\\:}${help:+:$help}")
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#candidates} )); then
    _describe tierbuild candidates
  else
    _files
  fi
}
if [ "$funcstack[1]" = _tierbuild ]; then _tierbuild "$@"; else compdef _tierbuild tierbuild; fi
)sh";

constexpr const char* kFish = R"sh(# tierbuild completion for fish
function __tierbuild_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c tierbuild -a '(__tierbuild_complete)'
)sh";

class CompletionVerb final : public Verb {
 public:
  void declare(FlagSet& flags) override { flags.words("SHELL", WordKind::shells, 1, 1, words_); }

  int run(Program& program) override {
    const std::string& shell = words_[0];
    const char* script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : nullptr;
    if (script == nullptr)
      return program.fail(
          Error::make(Code::invalid, "no completion for '{}'", shell).hint("use bash, zsh or fish"));
    program.out().write(script);
    return kDone;
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Verb> make_completion() {
  return std::make_unique<CompletionVerb>();
}

}  // namespace tierbuild::cli
