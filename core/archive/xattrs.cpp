#include "archive/xattrs.hpp"

#include <sys/xattr.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/strings.hpp"

namespace tierbuild::archive {
namespace {

bool belongs_to_layer(std::string_view name) {
  if (is_overlay_xattr(name)) return false;
  return !name.starts_with("security.") || name == "security.capability";
}

/// The names of all attributes that belong into a layer.
Result<std::vector<std::string>> names_of(const std::string& path) {
  std::string buffer(1024, '\0');
  ssize_t size = 0;
  while ((size = ::llistxattr(path.c_str(), buffer.data(), buffer.size())) < 0) {
    if (errno == ENOTSUP) return std::vector<std::string>();
    if (errno != ERANGE)
      return Error::os(errno, "cannot list the extended attributes of {}", printable(path));
    buffer.resize(buffer.size() * 4);
  }
  std::vector<std::string> names;
  for (std::string_view rest(buffer.data(), static_cast<size_t>(size)); !rest.empty();) {
    std::string_view name = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (belongs_to_layer(name)) names.emplace_back(name);
  }
  return names;
}

}  // namespace

bool is_overlay_xattr(std::string_view name) {
  return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

const char* opaque_xattr(bool user_xattr) {
  return user_xattr ? "user.overlay.opaque" : "trusted.overlay.opaque";
}

Result<Xattrs> read_xattrs(const std::string& path) {
  TB_LET(std::vector<std::string> names, names_of(path));
  Xattrs xattrs;
  for (std::string& name : names) {
    std::string value(256, '\0');
    ssize_t size = 0;
    while ((size = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size())) < 0) {
      if (errno != ERANGE)
        return Error::os(errno, "cannot read the extended attribute {} of {}", name, printable(path));
      value.resize(value.size() * 4);
    }
    value.resize(static_cast<size_t>(size));
    xattrs.emplace(std::move(name), std::move(value));
  }
  return xattrs;
}

Result<bool> is_opaque(const std::string& path, bool user_xattr) {
  char value[2];
  ssize_t size = ::lgetxattr(path.c_str(), opaque_xattr(user_xattr), value, sizeof value);
  if (size >= 0) return size == 1 && value[0] == 'y';
  if (errno == ENODATA || errno == ENOTSUP || errno == ERANGE) return false;
  return Error::os(errno, "cannot read the extended attributes of {}", printable(path));
}

Status write_xattrs(const std::string& path, const Xattrs& xattrs) {
  TB_LET(std::vector<std::string> present, names_of(path));
  for (const std::string& name : present)
    if (!xattrs.contains(name) && ::lremovexattr(path.c_str(), name.c_str()) != 0 && errno != ENODATA)
      return Error::os(errno, "cannot remove the extended attribute {}", printable(name));
  for (const auto& [name, value] : xattrs) {
    if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0) continue;
    if (name == "security.selinux" && (errno == ENOTSUP || errno == EPERM)) continue;
    return Error::os(errno, "cannot set the extended attribute {}", printable(name));
  }
  return {};
}

Status set_opaque(int directory, bool user_xattr) {
  if (::fsetxattr(directory, opaque_xattr(user_xattr), "y", 1, 0) == 0) return {};
  return Error::os(errno, "cannot mark a directory as opaque");
}

}  // namespace tierbuild::archive
