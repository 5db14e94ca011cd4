// The functions of libgit2 that are used, opened when a repository is first looked for.
#pragma once

#include <git2.h>

#include "base/shared_library.hpp"

namespace tierbuild::git {

#define TB_LIBGIT2(each)                 \
  each(git_blob_rawcontent);             \
  each(git_blob_rawsize);                \
  each(git_buf_dispose);                 \
  each(git_config_free);                 \
  each(git_config_get_bool);             \
  each(git_error_last);                  \
  each(git_index_find_prefix);           \
  each(git_index_free);                  \
  each(git_index_get_byindex);           \
  each(git_index_get_bypath);            \
  each(git_index_read);                  \
  each(git_libgit2_init);                \
  each(git_libgit2_opts);                \
  each(git_libgit2_shutdown);            \
  each(git_object_free);                 \
  each(git_object_id);                   \
  each(git_object_peel);                 \
  each(git_odb_free);                    \
  each(git_odb_object_data);             \
  each(git_odb_object_free);             \
  each(git_odb_object_size);             \
  each(git_odb_object_type);             \
  each(git_odb_read);                    \
  each(git_oid_equal);                   \
  each(git_oid_fmt);                     \
  each(git_oid_fromstr);                 \
  each(git_reference_free);              \
  each(git_reference_iterator_free);     \
  each(git_reference_iterator_glob_new); \
  each(git_reference_lookup);            \
  each(git_reference_name);              \
  each(git_reference_name_to_id);        \
  each(git_reference_next);              \
  each(git_reference_peel);              \
  each(git_reference_symbolic_target);   \
  each(git_reference_target);            \
  each(git_reference_target_peel);       \
  each(git_repository_commondir);        \
  each(git_repository_config_snapshot);  \
  each(git_repository_discover);         \
  each(git_repository_free);             \
  each(git_repository_hashfile);         \
  each(git_repository_head_unborn);      \
  each(git_repository_index);            \
  each(git_repository_odb);              \
  each(git_repository_open_ext);         \
  each(git_repository_path);             \
  each(git_repository_workdir);          \
  each(git_revparse_single);             \
  each(git_status_byindex);              \
  each(git_status_list_entrycount);      \
  each(git_status_list_free);            \
  each(git_status_list_new);             \
  each(git_status_options_init);         \
  each(git_tree_entry_bypath);           \
  each(git_tree_entry_filemode);         \
  each(git_tree_entry_free);             \
  each(git_tree_entry_to_object);        \
  each(git_tree_entry_type);

TB_LIBGIT2(TB_OPENED_FUNCTION)

}  // namespace tierbuild::git
