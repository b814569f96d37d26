# cmake --install, and a Debian package by cpack: the program, its documents, the schema of its reports, completion.
include(GNUInstallDirs)

set(completions ${CMAKE_BINARY_DIR}/completions)
add_custom_command(
    OUTPUT ${completions}/bfr ${completions}/_bfr ${completions}/bfr.fish
    COMMAND ${CMAKE_COMMAND} -E make_directory ${completions}
    COMMAND bfr completion bash > ${completions}/bfr
    COMMAND bfr completion zsh > ${completions}/_bfr
    COMMAND bfr completion fish > ${completions}/bfr.fish
    DEPENDS bfr VERBATIM)
add_custom_target(bfr_completions ALL DEPENDS ${completions}/bfr ${completions}/_bfr ${completions}/bfr.fish)

# The weights that come with the program are found beside it.
set(bundled ${CMAKE_SOURCE_DIR}/weights/bundled)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/bfr)
file(CREATE_LINK ${bundled} ${CMAKE_BINARY_DIR}/share/bfr/weights SYMBOLIC)
install(DIRECTORY ${bundled}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bfr/weights)

install(TARGETS bfr RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES reports/schema/report.schema.json reports/schema/comparison.schema.json reports/schema/table.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/bfr)
install(FILES ${completions}/bfr DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions}/_bfr DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completions}/bfr.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bfr)
set(CPACK_PACKAGE_CONTACT "the bfr project <maintainers@bfr.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "blind face restoration: restores, measures and reports")
set(CPACK_PACKAGE_DESCRIPTION "Runs restoration methods on degraded faces, scores the results by the conventions of the field,\n\
tests what face-reading programs make of them, and writes reports in which every number carries its convention,\n\
its weights' hash, its seed, its count and its failures.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# LibTorch asks for any BLAS; with the reference one the networks run some thirty times slower.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread | libopenblas0-openmp, ca-certificates")
set(CPACK_STRIP_FILES ON)
if(BFR_TORCH_PREFIX)
    # cpack would make a package that looks for LibTorch in this machine's folder.
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
    set(CPACK_GENERATOR TGZ)
endif()
include(CPack)
