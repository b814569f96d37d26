# cmake -DNPM=npm -P install.cmake, in this folder: what package-lock.json names, each package checked by its hash.
execute_process(COMMAND ${NPM} ci --ignore-scripts --prefer-offline --loglevel=error RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "npm can't install the packages of web/package-lock.json; its reason stands above.\n"
                        "Where this machine has no network, run `npm ci --ignore-scripts` in web/ on one that has, copy web/node_modules here, and touch web/node_modules/.package-lock.json.")
endif()
file(TOUCH node_modules/.package-lock.json)
