// The fields of all that a project holds, for Writer and Reader. A new field must be named here too, or this
// does not compile.
#pragma once

#include "project/binary.hpp"
#include "project/project.hpp"

namespace tierbuild::project {

TB_LAST(graph::TargetKind, graph::TargetKind::service)
TB_LAST(graph::Base::Kind, graph::Base::Kind::debian)
TB_LAST(graph::Mount::Kind, graph::Mount::Kind::ssh)
TB_LAST(graph::Sharing, graph::Sharing::private_)
TB_LAST(TaskWord::Kind, TaskWord::Kind::arg)
TB_LAST(ExportFormat, ExportFormat::compose)

TB_FIELDS(Location, file, line, column)
TB_FIELDS(image::Platform, os, architecture, variant)
TB_FIELDS(image::Healthcheck, test, interval, timeout, start, retries, start_interval)
TB_FIELDS(graph::ConfigPatch, env, env_order, path_prepend, user, workdir, stop_signal, author, entrypoint,
          cmd, shell, on_build, exposed, volumes, labels, annotations, healthcheck, probers, hooks)
TB_FIELDS(graph::Base, kind, reference, name, suite, packages, mirror)
TB_FIELDS(graph::Limits, memory, cpus, pids, timeout)
TB_FIELDS(python::Specifier, op, version)
TB_FIELDS(python::Requirement, name, spelled, extras, specifiers, marker, url, hashes, editable, where, via)

// `from` is filled in by lowering.
template <class Visit, class Value>
requires std::same_as<std::remove_const_t<Value>, graph::Mount>
void fields(Visit& visit, Value& of) {
  auto& [kind, target, id, sharing, uid, gid, mode, env, version, required, from, seeded, writable, size] =
      of;
  visit(kind, target, id, sharing, uid, gid, mode, env, version, required, seeded, writable, size);
}

TB_FIELDS(FilesValue, root, include, exclude)
TB_FIELDS(PathValue, path, exclude)
TB_FIELDS(ImagePath, image, path)
TB_FIELDS(FetchValue, url, sha256, unpack, strip)
TB_FIELDS(graph::LineOrigin, where, via)
TB_FIELDS(TextValue, text, lines)
TB_FIELDS(graph::Revision, from, commit)
TB_FIELDS(ContextDirectory, path, ignore, revision)
TB_FIELDS(ContextPath, context, path)
TB_FIELDS(MountValue, mount, from)
TB_FIELDS(RunStep, argv, env, cwd, user, mounts, network, limits, on, out)
TB_FIELDS(CopyItem, source, to, owner, mode)
TB_FIELDS(CopyStep, items)
TB_FIELDS(UserStep, name, uid, gid, group, home, shell)
TB_FIELDS(TreeStep, of_image, path, to)
TB_FIELDS(DiffStep, of_image, base)
TB_FIELDS(PlaceItem, source, name, unpack)
TB_FIELDS(PlaceStep, items, to, owner, mode, exclude, parents, link)
TB_FIELDS(DirectoryStep, path, owner)
TB_FIELDS(Step, op, label, hook, bin, installs, where)
TB_FIELDS(NamedBase, name)
TB_FIELDS(KnownBase, base)
TB_FIELDS(graph::Ulimit, soft, hard)
TB_FIELDS(Dockerfile, name, text, context, args, contexts, network, hosts, shm_size, ulimits)
TB_FIELDS(DockerfileBase, file, target)
TB_FIELDS(Image, base, ops, depth, where)

TB_FIELDS(PackageDecl, name, where)
TB_FIELDS(TargetDecl, kind, name, doc, version, from, image, user, packages, layers, pip, steps, copy,
          system_packages, config, build_env, tags, platforms, check, python, requirements, covered,
          constraints, deprecated, budget, budget_at, push, where)
TB_FIELDS(GroupDecl, name, members, places, where)
TB_FIELDS(RegistryDecl, name, tags, cache, auth, mirror, compression, format, insecure, connections,
          bandwidth, chunk, timeout, where)
TB_FIELDS(ArgDecl, name, doc, type, value, choices, where)
TB_FIELDS(TaskArg, name, type, doc, fallback, choices)
TB_FIELDS(TaskWord, kind, text)
TB_FIELDS(TaskDecl, name, doc, args, needs, build, each, load, push, image, confirm, run, env, dir,
          has_function, places, where)
TB_FIELDS(DispatchInput, name, choice)
TB_FIELDS(Triggers, push, pull_request, dispatch, push_branches, pull_request_branches, schedule, inputs)
TB_FIELDS(ExportDecl, format, path, build, changed, push, push_branches, on, runner, places, where)
TB_FIELDS(LintSetting, level, want, where)
TB_FIELDS(LintRuleDecl, name, doc, on, level, where)
TB_FIELDS(WorkspaceDecl, name, root, where)
TB_FIELDS(Lock, bases, fetches, commits)
TB_FIELDS(Project, workspace, file, platforms, registries, targets, groups, tasks, args, exports, lints,
          lint_rules, reads, lock, locked_fetches)

}  // namespace tierbuild::project
