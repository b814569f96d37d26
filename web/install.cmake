# cmake -DNPM=npm -P install.cmake, in this folder: what package-lock.json names, each package checked by its hash.
# Build folders of one checkout share the packages: one installs them, and another that waited for it finds them there.
set(installed node_modules/.package-lock.json)  # npm writes it when the others are there
file(LOCK .install.lock GUARD PROCESS TIMEOUT 900 RESULT_VARIABLE unlocked)
if(NOT unlocked STREQUAL "0")
    message(FATAL_ERROR "web/.install.lock: ${unlocked}: another build folder's npm holds it, or it can't be written")
endif()
set(newest TRUE)
foreach(file package.json package-lock.json .npmrc install.cmake)
    if(NOT EXISTS ${installed} OR ${file} IS_NEWER_THAN ${installed})
        set(newest FALSE)
    endif()
endforeach()
if(newest)
    return()
endif()
execute_process(COMMAND ${NPM} ci --ignore-scripts --prefer-offline --loglevel=error RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "npm can't install the packages of web/package-lock.json; its reason stands above.\n"
                        "Where this machine has no network, run `npm ci --ignore-scripts` in web/ on one that has, copy web/node_modules here, and touch web/node_modules/.package-lock.json.")
endif()
file(TOUCH ${installed})
