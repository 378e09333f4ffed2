# What the library needs, found on the system, never downloaded.
include(${CMAKE_CURRENT_LIST_DIR}/FindUsrsctp.cmake)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
if(OPENSSL_VERSION VERSION_LESS 3.0.22)
  message(WARNING "OpenSSL ${OPENSSL_VERSION}: a peer can make DTLS of releases before 3.0.22 grow; update it")
endif()

# In public headers: Boost.Asio and Boost.System, header-only.
add_library(sluice_dependencies INTERFACE)
target_link_libraries(sluice_dependencies INTERFACE Boost::boost Threads::Threads)

# Behind them.
add_library(sluice_private_dependencies INTERFACE)
target_link_libraries(sluice_private_dependencies INTERFACE
  OpenSSL::SSL OpenSSL::Crypto usrsctp::usrsctp nlohmann_json::nlohmann_json)
if(UNIX)
  target_link_libraries(sluice_private_dependencies INTERFACE resolv)  # SRV records
endif()
