# cmake -DIN=page.css -DOUT=page_css.cpp -P embed.cmake: the page's style sheet as a C++ string, so that the program needs no file beside it.
file(READ "${IN}" text)
file(WRITE "${OUT}" "#include \"reports/page/page_css.h\"\n\nnamespace bfr {\n\nstd::string_view page_css() {\n    return R\"css(${text})css\";\n}\n\n}  // namespace bfr\n")
