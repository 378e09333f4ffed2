# usrsctp::usrsctp, by its header and library: distributions ship no CMake package for it.
find_path(USRSCTP_INCLUDE_DIR usrsctp.h)
find_library(USRSCTP_LIBRARY usrsctp)
if(NOT USRSCTP_INCLUDE_DIR OR NOT USRSCTP_LIBRARY)
  message(FATAL_ERROR "usrsctp not found; on Debian: apt-get install libusrsctp-dev")
endif()
mark_as_advanced(USRSCTP_INCLUDE_DIR USRSCTP_LIBRARY)
if(NOT TARGET usrsctp::usrsctp)
  add_library(usrsctp::usrsctp UNKNOWN IMPORTED)
  set_target_properties(usrsctp::usrsctp PROPERTIES
    IMPORTED_LOCATION "${USRSCTP_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${USRSCTP_INCLUDE_DIR}")
endif()
