# SPDX-License-Identifier: MIT
cmake_minimum_required(VERSION 3.25)
# Writes OUTPUT with the version, the commit and the libraries, if that changed.
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
    set(commit unknown)
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT
"#define TICKSTORM_VERSION \"@VERSION@\"
#define TICKSTORM_COMMIT \"@commit@\"
#define TICKSTORM_LIBRARIES \"@LIBRARIES@\"
")
