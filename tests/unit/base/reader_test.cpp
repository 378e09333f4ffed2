#include "base/reader.hpp"

#include "base/writer.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"

namespace sluice {
namespace {

TEST_CASE("a reader gives what a writer wrote, in wire order", "[base]") {
  Bytes buffer;
  Writer out{buffer};
  out.u8(0x01);
  out.u16(0x0203);
  out.u32(0x04050607);
  out.u64(0x08090a0b0c0d0e0f);
  out.bytes(as_bytes("end"));
  CHECK(buffer == test::hex("01 0203 04050607 08090a0b0c0d0e0f 656e64"));

  Reader in{buffer};
  CHECK(in.u8() == 0x01);
  CHECK(in.u16() == 0x0203);
  CHECK(in.u32() == 0x04050607);
  CHECK(in.u64() == 0x08090a0b0c0d0e0f);
  CHECK(as_text(in.rest()) == "end");
  CHECK(in.ok());
}

TEST_CASE("a field that does not fit spoils everything after it, and nothing is read beyond the end", "[base]") {
  const auto input = test::hex("01 02 03");
  Reader in{input};
  CHECK(in.u16() == 0x0102);
  CHECK(in.u16() == 0);
  CHECK_FALSE(in.ok());
  CHECK(in.u8() == 0);
  CHECK(in.rest().empty());
  CHECK_FALSE(in.ok());
}

TEST_CASE("a length known later is patched in", "[base]") {
  Bytes buffer;
  Writer out{buffer};
  out.u16(0);
  out.bytes(as_bytes("abc"));
  out.patch_u16(0, static_cast<std::uint16_t>(out.size()));
  CHECK(buffer == test::hex("0005 616263"));
}

}  // namespace
}  // namespace sluice
