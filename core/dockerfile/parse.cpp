#include "dockerfile/parse.hpp"

#include <set>

#include "base/strings.hpp"
#include "dockerfile/instruction.hpp"
#include "dockerfile/source.hpp"
#include "dockerfile/statement.hpp"

namespace tierbuild::dockerfile {
namespace {

bool holds_files(const std::string& name) {
  return name == "run" || name == "copy" || name == "add";
}

/// The heredocs that the instruction announces: of RUN, COPY and ADD, also behind ONBUILD, unless they have a
/// JSON list.
Result<std::vector<Heredoc>> announced(const SourceText& source, Statement statement, const File& file) {
  std::vector<Heredoc> none;
  if (statement.name == "onbuild") {
    statement = split_statement(source, statement.begin, statement.end, file.escape);
    if (statement.name == "onbuild") return none;
  }
  if (!holds_files(statement.name)) return none;
  std::string_view arguments =
      std::string_view(source.text).substr(statement.begin, statement.end - statement.begin);
  auto list = json_list(arguments);
  if (!list) return std::move(list).error().at(file.at(source.range(statement.begin, statement.end)));
  if (*list) return none;
  return heredocs_of(source.text);
}

}  // namespace

Result<File> parse(std::string_view text, const std::string& name) {
  File file;
  file.name = name;
  SourceReader reader(text, file);
  for (;;) {
    TB_LET(std::optional<SourceText> source, reader.next());
    if (!source) break;
    Statement statement = split_statement(*source, 0, source->text.size(), file.escape);
    TB_LET(std::vector<Heredoc> heredocs, announced(*source, statement, file));
    for (Heredoc& heredoc : heredocs) {
      if (reader.read_heredoc(heredoc)) continue;
      return Error::make(Code::invalid, "the heredoc '{}' has no end", heredoc.name)
          .at(file.at(statement.keyword.range))
          .hint(fmt::format("put a line behind it that holds '{}' and nothing else", heredoc.name));
    }
    TB_LET(Instruction instruction, make_instruction(*source, statement, std::move(heredocs), file));
    if (std::holds_alternative<From>(instruction.kind)) {
      file.stages.push_back({std::move(instruction), {}});
    } else if (!file.stages.empty()) {
      file.stages.back().steps.push_back(std::move(instruction));
    } else if (std::holds_alternative<Arg>(instruction.kind)) {
      file.globals.push_back(std::move(instruction));
    } else {
      return Error::make(Code::invalid, "{} stands in front of the first FROM", instruction.keyword.text)
          .at(file.at(instruction.range))
          .hint("nothing but ARG may stand there");
    }
  }
  if (file.stages.empty())
    return Error(Code::invalid,
                 file.globals.empty() ? "the file holds no instruction" : "the file has no FROM")
        .at({name, 1, 1});
  return file;
}

Result<Instruction> parse_trigger(const std::string& trigger, const File& file, const Range& at) {
  File own;
  own.name = file.name;
  auto fail = [&](const std::string& message) {
    return Error::make(Code::invalid, "{} (in ONBUILD {})", message, trigger).at(file.at(at));
  };
  SourceReader reader(trigger, own);
  Result<std::optional<SourceText>> source = reader.next();
  if (!source) return fail(source.error().message());
  if (!*source) return fail("there is no instruction");
  Statement statement = split_statement(**source, 0, (*source)->text.size(), own.escape);
  Result<std::vector<Heredoc>> heredocs = announced(**source, statement, own);
  if (!heredocs) return fail(heredocs.error().message());
  for (Heredoc& heredoc : *heredocs)
    if (!reader.read_heredoc(heredoc)) return fail(fmt::format("the heredoc '{}' has no end", heredoc.name));
  for (SourceText::Piece& piece : (*source)->pieces) piece = {piece.offset, at.line, at.column};
  Result<Instruction> instruction = make_instruction(**source, statement, *std::move(heredocs), own);
  if (!instruction) return fail(instruction.error().message());
  Result<std::optional<SourceText>> more = reader.next();
  if (!more || *more) return fail("there is more than one instruction");
  if (std::holds_alternative<From>(instruction->kind)) return fail("FROM is no trigger");
  instruction->range = at;
  return instruction;
}

}  // namespace tierbuild::dockerfile
