// libgit2 behind RAII: its start and end, its handles and its errors.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "git/libgit2.hpp"

namespace tierbuild::git {

/// Opens libgit2, or tells that it is missing; comes before everything else here.
Status open_libgit2();

/// libgit2 is up while one of these lives. Any thread may hold one.
class Library {
 public:
  Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();
};

template <auto& kFree>
struct Free {
  template <class T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};

template <class T, auto& kFree>
using Handle = std::unique_ptr<T, Free<kFree>>;

using RepositoryHandle = Handle<git_repository, git_repository_free>;
using ReferenceHandle = Handle<git_reference, git_reference_free>;
using ReferenceIterator = Handle<git_reference_iterator, git_reference_iterator_free>;
using ObjectHandle = Handle<git_object, git_object_free>;
using EntryHandle = Handle<git_tree_entry, git_tree_entry_free>;
using StatusHandle = Handle<git_status_list, git_status_list_free>;
using IndexHandle = Handle<git_index, git_index_free>;
using OdbHandle = Handle<git_odb, git_odb_free>;
using RemoteHandle = Handle<git_remote, git_remote_free>;

/// Calls `open(T** out, …)` and gives the handle; its error is in the int that libgit2 returned.
template <class H, class Open, class... Args>
int acquire(H& handle, Open open, Args&&... args) {
  typename H::pointer raw = nullptr;
  int code = open(&raw, std::forward<Args>(args)...);
  handle.reset(raw);
  return code;
}

/// The error of the last call, which returned `code`: `not_found`, `invalid`, `corrupt` or `io`.
Error git_failure(int code, std::string message);

}  // namespace tierbuild::git
