#pragma once
// Blocks: the memory that sluice_free() frees, a C struct or string and behind it what its pointers look into.
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::c {

/// Stands in front of every block.
struct alignas(std::max_align_t) BlockHead {
  void (*destroy)(BlockHead*) noexcept;
};

template <class Struct, class Held>
struct Block : BlockHead {
  explicit Block(Held from) : held{std::move(from)} {
    destroy = [](BlockHead* head) noexcept { delete static_cast<Block*>(head); };
  }
  alignas(std::max_align_t) Struct view{};
  Held held;
};

/// `held.view()` as a block of the program's, with what it points to.
template <class Held>
auto* own(Held held) {
  using Struct = decltype(held.view());
  auto block = std::make_unique<Block<Struct, Held>>(std::move(held));
  static_assert(sizeof(BlockHead) == alignof(std::max_align_t));  // so that nothing is between head and struct
  block->view = block->held.view();
  return &block.release()->view;
}

/// The text as a block, with a NUL.
char* own_text(std::string_view);

/// The text for the life of the process. For words of the library only: nothing that a peer or a program can multiply.
const char* interned(std::string_view);

/// What an array of structs is in C: pointers to each.
template <class Struct>
class Pointers {
 public:
  template <class Range, class View>
  void assign(Range& range, View view) {
    structs_.clear();
    pointers_.clear();
    for (auto& each : range) structs_.push_back(view(each));
    for (const auto& each : structs_) pointers_.push_back(&each);
  }
  const Struct* const* data() const noexcept { return pointers_.empty() ? nullptr : pointers_.data(); }
  std::size_t size() const noexcept { return pointers_.size(); }

 private:
  std::vector<Struct> structs_;
  std::vector<const Struct*> pointers_;
};

}  // namespace sluice::c
