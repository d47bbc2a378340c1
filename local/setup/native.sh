# The servers of the native stack: system packages, and Kafka's jars from Maven.

setup_native() {
  local packages=()
  has_server redis-server || packages+=(redis-server)
  # The core packages, as they bring no service; the tool that makes a data directory needs one of the client's.
  { has_server mariadbd && has mariadb-install-db && has my_print_defaults; } ||
    packages+=(mariadb-server-core mariadb-client-core)
  has_java || packages+=("openjdk-$JAVA_VERSION-jre-headless")
  has_jars || has mvn || packages+=(maven)
  ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
  has_java || fail "Java $JAVA_VERSION or newer is needed, and java on the PATH is older."
  has_jars || copy_jars
}

has_server() { PATH=$PATH:/usr/sbin:/usr/local/sbin has "$1"; }

has_java() {
  local line
  has java && line=$(java -version 2>&1 | head -1) && [[ $line =~ \"([0-9]+) ]] && ((BASH_REMATCH[1] >= JAVA_VERSION))
}

jars() { printf '.local/kafka-%s/libs' "$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' local/kafka/pom.xml)"; }

has_jars() { [[ -d $(jars) ]]; }

copy_jars() {
  local libs part
  libs=$(jars)
  part=$PWD/$libs.part
  say "Copying Kafka's jars to $libs."
  rm -rf "$part"
  quietly "Kafka's jars could not be had from Maven." \
    mvn -q -B -f local/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$part"
  mv "$part" "$libs"
}
