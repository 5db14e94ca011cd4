// Values as bytes and back. A struct is written field by field, as its TB_FIELDS says.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <variant>
#include <vector>

#include "hash/digest.hpp"

namespace tierbuild::project {

/// TB_FIELDS(Type, a, b, …): all fields of a struct, in order. With one forgotten it does not compile.
#define TB_FIELDS(Type, ...)                              \
  template <class Visit, class Value>                     \
  requires std::same_as<std::remove_const_t<Value>, Type> \
  void fields(Visit& visit, Value& of) {                  \
    auto& [__VA_ARGS__] = of;                             \
    visit(__VA_ARGS__);                                   \
  }

/// The last enumerator; what is above it is damage. TB_LAST(Kind, Kind::late)
template <class Enum>
struct LastOf;
#define TB_LAST(Enum, last)             \
  template <>                           \
  struct LastOf<Enum> {                 \
    static constexpr Enum value = last; \
  };

/// A text of such a size is written once, and where it comes again its number: a workspace of services that
/// are much alike says most things many times.
inline constexpr bool is_numbered(size_t size) {
  return size >= 12 && size <= 4096;  // damage shall not make a large text of each few bytes
}
inline constexpr uint32_t kTextAgain = UINT32_MAX;  // instead of a size

/// Values that are shared are written once, behind those that hold them: however long a chain of them is, no
/// stack of calls follows it. What is written must live as long as the writer.
class Writer {
 public:
  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  std::string take() && {
    for (size_t i = 0; i < shared_.size(); ++i) shared_[i].put(*this, shared_[i].value);
    return std::move(bytes_);
  }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else if constexpr (std::is_enum_v<T>) {
      static_assert(sizeof(T) == 1 && LastOf<T>::value >= T{});
      put(static_cast<uint8_t>(value));
    } else {
      fields(*this, value);
    }
  }
  void put(const std::string& text) {
    if (is_numbered(text.size())) {
      auto [known, is_new] = texts_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
      if (!is_new) {
        put(kTextAgain);
        return put(known->second);
      }
    }
    put(std::string_view(text));
  }
  void put(const std::string_view& text) {
    put(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  void put(const Digest& digest) {
    bytes_.append(reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& pair) {
    put(pair.first);
    put(pair.second);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class... Ts>
  void put(const std::variant<Ts...>& value) {
    put(static_cast<uint8_t>(value.index()));
    std::visit([&](const auto& held) { put(held); }, value);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put_all(list);
  }
  template <class T>
  void put(const std::set<T>& set) {
    put_all(set);
  }
  template <class K, class V>
  void put(const std::map<K, V>& map) {
    put_all(map);
  }
  template <class Container>
  void put_all(const Container& container) {
    put(static_cast<uint32_t>(container.size()));
    for (const auto& item : container) put(item);
  }
  template <class T>
  void put(const std::shared_ptr<const T>& shared) {
    auto [known, is_new] = ids_.try_emplace(shared.get(), static_cast<uint32_t>(ids_.size()));
    put(known->second);
    if (!is_new) return;
    shared_.push_back(
        {shared.get(), [](Writer& writer, const void* value) { writer.put(*static_cast<const T*>(value)); }});
  }

  struct Shared {
    const void* value;
    void (*put)(Writer&, const void*);
  };

  std::string bytes_;
  std::unordered_map<const void*, uint32_t> ids_{{nullptr, 0}};
  std::vector<Shared> shared_;  // in the order of their ids, from 1
  std::unordered_map<std::string_view, uint32_t> texts_;
};

/// Reads what a Writer wrote. Damaged bytes never do harm: once they make no sense, every value is empty and
/// done() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  template <class... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }
  /// Fills the shared values that those read so far hold. True if all bytes made sense and none are left;
  /// else the shared values are empty.
  bool done() {
    for (; holder_ < shared_.size() && !failed_;) {
      Shared& shared = shared_[holder_++];
      shared.get(*this, shared.value.get());
    }
    failed_ = failed_ || !rest_.empty() || is_circular();
    if (failed_)
      for (Shared& shared : shared_) shared.clear(shared.value.get());
    return !failed_;
  }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      uint8_t byte = 0;
      get(byte);
      if (byte > 1) failed_ = true;
      value = byte == 1;
    } else if constexpr (std::is_arithmetic_v<T>) {
      std::string_view bytes = take(sizeof value);
      if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    } else if constexpr (std::is_enum_v<T>) {
      uint8_t byte = 0;
      get(byte);
      if (byte > static_cast<uint8_t>(LastOf<T>::value)) failed_ = true;
      value = failed_ ? T{} : static_cast<T>(byte);
    } else {
      fields(*this, value);
    }
  }
  void get(std::string& text) {
    uint32_t size = 0, number = 0;
    get(size);
    if (size == 0) return text.clear();  // most are
    if (size != kTextAgain) {
      std::string_view view = take(size);
      if (is_numbered(size)) texts_.push_back(view);
      text = std::string(view);
      return;
    }
    get(number);
    if (number >= texts_.size()) failed_ = true;
    text = std::string(failed_ ? std::string_view() : texts_[number]);
  }
  /// A part of the bytes that are read.
  void get(std::string_view& text) {
    uint32_t size = 0;
    get(size);
    text = take(size);
  }
  void get(Digest& digest) {
    std::string_view bytes = take(Digest::kSize);
    Digest::Bytes raw{};
    if (!failed_) std::memcpy(raw.data(), bytes.data(), raw.size());
    digest = Digest(raw);
  }
  template <class A, class B>
  void get(std::pair<A, B>& pair) {
    get(pair.first);
    get(pair.second);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    if (!there) return value.reset();
    get(value.emplace());
  }
  template <class... Ts>
  void get(std::variant<Ts...>& value) {
    uint8_t index = 0;
    get(index);
    bool known = false;
    uint8_t at = 0;
    ((index == at++ ? (known = true, get(value.template emplace<Ts>())) : void()), ...);
    failed_ = failed_ || !known;
  }
  template <class T>
  void get(std::vector<T>& list) {
    list.clear();
    uint32_t left = count();
    // What grows item by item takes twice the memory; what damage says may be long takes no more than it can
    // be.
    list.reserve(std::min<size_t>(left, rest_.size() / smallest<T>()));
    for (; left > 0 && !failed_; --left) get(list.emplace_back());
  }
  template <class T>
  void get(std::set<T>& set) {
    set.clear();
    for (uint32_t left = count(); left > 0 && !failed_; --left) {
      T item{};
      get(item);
      set.insert(set.end(), std::move(item));
    }
  }
  template <class K, class V>
  void get(std::map<K, V>& map) {
    map.clear();
    for (uint32_t left = count(); left > 0 && !failed_; --left) {
      std::pair<K, V> item{};
      get(item);
      map.insert(map.end(), std::move(item));
    }
  }
  template <class T>
  void get(std::shared_ptr<const T>& shared) {
    shared = nullptr;
    uint32_t id = 0;
    get(id);
    if (id > shared_.size() + 1) failed_ = true;
    if (failed_ || id == 0) return;
    if (id == shared_.size() + 1)
      shared_.push_back({std::make_shared<T>(), &kTypeOf<T>,
                         [](Reader& reader, void* value) { reader.get(*static_cast<T*>(value)); },
                         [](void* value) { *static_cast<T*>(value) = T{}; }});
    const Shared& known = shared_[id - 1];
    failed_ = known.type != &kTypeOf<T>;
    if (failed_) return;
    shared = std::static_pointer_cast<const T>(known.value);
    if (holder_ > 0) holds_.push_back({static_cast<uint32_t>(holder_ - 1), id - 1});
  }

  struct Shared {
    std::shared_ptr<void> value;
    const void* type;
    void (*get)(Reader&, void*);
    void (*clear)(void*);
  };
  struct Hold {
    uint32_t holder, held;
  };

  /// Whether a shared value holds itself, through others. Takes away those that hold nothing until none is
  /// left.
  bool is_circular() {
    std::vector<uint32_t> held_count(shared_.size()), empty;
    std::sort(holds_.begin(), holds_.end(), [](Hold a, Hold b) { return a.held < b.held; });
    for (Hold hold : holds_) ++held_count[hold.holder];
    for (uint32_t i = 0; i < shared_.size(); ++i)
      if (held_count[i] == 0) empty.push_back(i);
    size_t taken = 0;
    for (; !empty.empty(); ++taken) {
      uint32_t held = empty.back();
      empty.pop_back();
      auto hold = std::lower_bound(holds_.begin(), holds_.end(), held,
                                   [](Hold a, uint32_t wanted) { return a.held < wanted; });
      for (; hold != holds_.end() && hold->held == held; ++hold)
        if (--held_count[hold->holder] == 0) empty.push_back(hold->holder);
    }
    return taken < shared_.size();
  }
  template <class T>
  static inline const char kTypeOf = 0;

  /// About the bytes that a value takes at least.
  template <class T>
  static size_t smallest() {
    static const size_t size = [] {
      Writer writer;
      writer(T{});
      return std::max<size_t>(1, std::move(writer).take().size());
    }();
    return size;
  }

  std::string_view take(size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  // Each item takes a byte at least.
  uint32_t count() {
    uint32_t count = 0;
    get(count);
    if (count > rest_.size()) failed_ = true;
    return failed_ ? 0 : count;
  }

  std::string_view rest_;
  std::vector<Shared> shared_;
  std::vector<Hold> holds_;
  std::vector<std::string_view> texts_;  // by number
  size_t holder_ = 0;                    // how many shared values are filled, the last one perhaps not yet
  bool failed_ = false;
};

}  // namespace tierbuild::project
