# SPDX-License-Identifier: MIT
# Manual pages and shell completions, made by the programs themselves from their tables of options;
# and the places of all installed files.
include(GNUInstallDirs)

set(TICKSTORM_SHARE_DIRECTORY "${CMAKE_BINARY_DIR}/share")

# tickstorm_add_manual(PROGRAM [COMMAND...]): PROGRAM(1), PROGRAM-COMMAND(1), completions of both.
function(tickstorm_add_manual program)
    set(man "${TICKSTORM_SHARE_DIRECTORY}/man/man1")
    set(bash "${TICKSTORM_SHARE_DIRECTORY}/bash-completion/completions/${program}")
    set(zsh "${TICKSTORM_SHARE_DIRECTORY}/zsh/site-functions/_${program}")
    set(pages "${man}/${program}.1")
    set(commands COMMAND ${program} --help-man > "${man}/${program}.1"
                 COMMAND ${program} --completion bash > "${bash}"
                 COMMAND ${program} --completion zsh > "${zsh}")
    foreach(name IN LISTS ARGN)
        list(APPEND pages "${man}/${program}-${name}.1")
        list(APPEND commands COMMAND ${program} ${name} --help-man
                             > "${man}/${program}-${name}.1")
    endforeach()
    add_custom_command(OUTPUT ${pages} "${bash}" "${zsh}" ${commands} DEPENDS ${program} VERBATIM
                       COMMENT "Manual pages and completions of ${program}")
    add_custom_target(${program}-manual ALL DEPENDS ${pages} "${bash}" "${zsh}")
endfunction()

# Programs under ThreadSanitizer may need a runner to start at all; their pages would be the same.
if(NOT TICKSTORM_SANITIZE)
    file(MAKE_DIRECTORY "${TICKSTORM_SHARE_DIRECTORY}/man/man1"
                        "${TICKSTORM_SHARE_DIRECTORY}/bash-completion/completions"
                        "${TICKSTORM_SHARE_DIRECTORY}/zsh/site-functions")
    tickstorm_add_manual(tickstorm-server)
    tickstorm_add_manual(tickstorm-bots merge search)
    tickstorm_add_manual(tickstorm-client)
    tickstorm_add_manual(tickstorm-bench)
    install(DIRECTORY "${TICKSTORM_SHARE_DIRECTORY}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}")
    install(DIRECTORY "${TICKSTORM_SHARE_DIRECTORY}/bash-completion"
                      "${TICKSTORM_SHARE_DIRECTORY}/zsh"
            DESTINATION "${CMAKE_INSTALL_DATADIR}")
endif()

install(TARGETS tickstorm-server tickstorm-bots tickstorm-bench
        RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/assets/arenas" "${CMAKE_SOURCE_DIR}/tools/swarm/scenarios"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/tickstorm" FILES_MATCHING PATTERN "*.ini")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/tools/swarm/" FILES_MATCHING
        DESTINATION "${CMAKE_INSTALL_DATADIR}/tickstorm/schemas" PATTERN "*.schema.json"
        PATTERN scenarios EXCLUDE)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
# The README links to this place.
install(FILES tools/swarm/README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}/tools/swarm")
