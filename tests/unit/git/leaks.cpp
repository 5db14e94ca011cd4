// libgit2 1.5 forgets a match of its regular expressions whenever a revision is not found.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {  // NOLINT
  return "leak:libpcre2";
}
