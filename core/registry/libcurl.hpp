// The functions of libcurl that are used, opened by the first URL.
#pragma once

#include <curl/curl.h>

#include "base/shared_library.hpp"

namespace tierbuild::registry {

#define TB_LIBCURL(each)     \
  each(curl_easy_cleanup);   \
  each(curl_easy_getinfo);   \
  each(curl_easy_init);      \
  each(curl_easy_perform);   \
  each(curl_easy_reset);     \
  each(curl_easy_setopt);    \
  each(curl_easy_strerror);  \
  each(curl_free);           \
  each(curl_getdate);        \
  each(curl_global_init);    \
  each(curl_share_cleanup);  \
  each(curl_share_init);     \
  each(curl_share_setopt);   \
  each(curl_slist_append);   \
  each(curl_slist_free_all); \
  each(curl_url);            \
  each(curl_url_cleanup);    \
  each(curl_url_get);        \
  each(curl_url_set);        \
  each(curl_url_strerror);

TB_LIBCURL(TB_OPENED_FUNCTION)

/// Comes before every other call. Fails with `host_lacks`.
Status open_libcurl();

}  // namespace tierbuild::registry
