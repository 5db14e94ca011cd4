// The functions of libgit2 that are used, opened when a repository is first looked for.
#pragma once

#include <git2.h>

#include "base/shared_library.hpp"

namespace tierbuild::git {

#define TB_LIBGIT2(each)                       \
  each(git_blob_rawcontent);                   \
  each(git_blob_rawsize);                      \
  each(git_buf_dispose);                       \
  each(git_config_free);                       \
  each(git_config_get_bool);                   \
  each(git_credential_ssh_key_from_agent);     \
  each(git_credential_username_new);           \
  each(git_credential_userpass_plaintext_new); \
  each(git_error_last);                        \
  each(git_fetch_options_init);                \
  each(git_index_find_prefix);                 \
  each(git_index_free);                        \
  each(git_index_get_byindex);                 \
  each(git_index_get_bypath);                  \
  each(git_index_open);                        \
  each(git_index_read);                        \
  each(git_index_read_tree);                   \
  each(git_index_write);                       \
  each(git_libgit2_init);                      \
  each(git_libgit2_opts);                      \
  each(git_libgit2_shutdown);                  \
  each(git_object_free);                       \
  each(git_object_id);                         \
  each(git_object_peel);                       \
  each(git_odb_exists);                        \
  each(git_odb_free);                          \
  each(git_odb_object_data);                   \
  each(git_odb_object_free);                   \
  each(git_odb_object_size);                   \
  each(git_odb_object_type);                   \
  each(git_odb_open);                          \
  each(git_odb_read);                          \
  each(git_odb_refresh);                       \
  each(git_odb_write);                         \
  each(git_oid_equal);                         \
  each(git_oid_fmt);                           \
  each(git_oid_fromstr);                       \
  each(git_proxy_options_init);                \
  each(git_reference_free);                    \
  each(git_reference_iterator_free);           \
  each(git_reference_iterator_glob_new);       \
  each(git_reference_lookup);                  \
  each(git_reference_name);                    \
  each(git_reference_name_to_id);              \
  each(git_reference_next);                    \
  each(git_reference_peel);                    \
  each(git_reference_symbolic_target);         \
  each(git_reference_target);                  \
  each(git_reference_target_peel);             \
  each(git_remote_connect_ext);                \
  each(git_remote_connect_options_init);       \
  each(git_remote_create_options_init);        \
  each(git_remote_create_with_opts);           \
  each(git_remote_disconnect);                 \
  each(git_remote_fetch);                      \
  each(git_remote_free);                       \
  each(git_remote_init_callbacks);             \
  each(git_remote_ls);                         \
  each(git_repository_commondir);              \
  each(git_repository_config_snapshot);        \
  each(git_repository_discover);               \
  each(git_repository_free);                   \
  each(git_repository_hashfile);               \
  each(git_repository_head_unborn);            \
  each(git_repository_index);                  \
  each(git_repository_init);                   \
  each(git_repository_odb);                    \
  each(git_repository_open_bare);              \
  each(git_repository_open_ext);               \
  each(git_repository_path);                   \
  each(git_repository_workdir);                \
  each(git_revparse_single);                   \
  each(git_status_byindex);                    \
  each(git_status_list_entrycount);            \
  each(git_status_list_free);                  \
  each(git_status_list_new);                   \
  each(git_status_options_init);               \
  each(git_tree_entry_bypath);                 \
  each(git_tree_entry_filemode);               \
  each(git_tree_entry_free);                   \
  each(git_tree_entry_to_object);              \
  each(git_tree_entry_type);                   \
  each(git_tree_free);                         \
  each(git_tree_lookup);

TB_LIBGIT2(TB_OPENED_FUNCTION)

}  // namespace tierbuild::git
