// The functions of libarchive that are used, opened by the first archive that is read.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "base/result.hpp"
#include "base/shared_library.hpp"

namespace tierbuild::archive {

#define TB_LIBARCHIVE(each)                \
  each(archive_entry_filetype);            \
  each(archive_entry_gid);                 \
  each(archive_entry_hardlink);            \
  each(archive_entry_mtime);               \
  each(archive_entry_pathname);            \
  each(archive_entry_perm);                \
  each(archive_entry_rdevmajor);           \
  each(archive_entry_rdevminor);           \
  each(archive_entry_size);                \
  each(archive_entry_symlink);             \
  each(archive_entry_uid);                 \
  each(archive_entry_xattr_next);          \
  each(archive_entry_xattr_reset);         \
  each(archive_error_string);              \
  each(archive_read_data);                 \
  each(archive_read_data_block);           \
  each(archive_read_free);                 \
  each(archive_read_new);                  \
  each(archive_read_next_header);          \
  each(archive_read_open);                 \
  each(archive_read_support_filter_bzip2); \
  each(archive_read_support_filter_xz);    \
  each(archive_read_support_format_raw);   \
  each(archive_read_support_format_tar);   \
  each(archive_set_error);

TB_LIBARCHIVE(TB_OPENED_FUNCTION)

/// Must have succeeded before any of them is called.
Status open_libarchive();

struct FreeReader {
  void operator()(::archive* handle) const { archive_read_free(handle); }
};

}  // namespace tierbuild::archive
