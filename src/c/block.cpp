#include "c/block.hpp"

#include <cstring>
#include <mutex>
#include <new>
#include <set>
#include <string>

#include "sluice/c/base.h"

namespace sluice::c {

char* own_text(std::string_view text) {
  void* memory = ::operator new(sizeof(BlockHead) + text.size() + 1);
  auto* head = new (memory) BlockHead{[](BlockHead* block) noexcept { ::operator delete(block); }};
  auto* begin = reinterpret_cast<char*>(head + 1);
  if (!text.empty()) std::memcpy(begin, text.data(), text.size());
  begin[text.size()] = '\0';
  return begin;
}

const char* interned(std::string_view text) {
  struct Words {
    std::mutex mutex;
    std::set<std::string, std::less<>> words;
  };
  static auto& all = *new Words;  // never destroyed: programs print errors while they exit
  const std::lock_guard lock{all.mutex};
  auto found = all.words.find(text);
  if (found == all.words.end()) found = all.words.emplace(text).first;
  return found->c_str();
}

}  // namespace sluice::c

void sluice_free(void* block) {
  if (!block) return;
  auto* head = static_cast<sluice::c::BlockHead*>(block) - 1;
  head->destroy(head);
}
