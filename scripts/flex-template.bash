# What launching and updating a job from a flex template share; scripts/launch and scripts/update source
# it, after dataflow.bash.
# shellcheck shell=bash
# Read by the scripts, or set by their options and by dataflow.bash.
# shellcheck disable=SC2034,SC2154

flex_template_options='project region job template templates version service-account temporary
  parameters parameter num-workers max-workers machine-type subnetwork'
flex_template_options=${flex_template_options//$'\n'/ }

pairs=()
parameter_all=()
rename_all=()

# Puts NAME=VALUE into pairs, in the place of an earlier one of the same name.
put_pair() {
  local index
  for index in ${pairs[@]+"${!pairs[@]}"}; do
    if [[ ${pairs[index]%%=*} == "${1%%=*}" ]]; then
      pairs[index]=$1
      return
    fi
  done
  pairs+=("$1")
}

# Reads a file of NAME=VALUE lines; empty ones and those that begin with # count for nothing.
read_pairs() {
  local option=$1 file=$2 line number=0
  if [[ ! -r $file ]]; then
    mistake "--$option is not a file that can be read: $file"
    return
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
    if [[ $line =~ ^[^=]+=. ]]; then
      put_pair "$line"
    else
      mistake "$file, line $number is not NAME=VALUE."
    fi
  done <"$file"
}

# Sets joined to the pairs as gcloud takes them: behind ^C^ they are parted by C, since values such as
# JDBC URLs hold commas.
join_pairs() {
  local separator IFS
  for separator in '~' '|' ';' '#' '!'; do
    if [[ "${pairs[*]}" != *"$separator"* ]]; then
      IFS=$separator
      joined="^$separator^${pairs[*]}"
      return
    fi
  done
  mistake "$1 hold each of ~ | ; # and !, one of which is needed to part them."
}

parameter_value() {
  local pair
  for pair in ${pairs[@]+"${pairs[@]}"}; do
    if [[ ${pair%%=*} == "$1" ]]; then
      printf '%s' "${pair#*=}"
      return
    fi
  done
}

# Reads and checks the parameters of the pipeline that is named; sets joined.
read_parameters() {
  local pair name required
  pairs=()
  [[ -z ${parameters:-} ]] || read_pairs parameters "$parameters"
  for pair in ${parameter_all[@]+"${parameter_all[@]}"}; do
    if [[ $pair =~ ^[^=]+=. ]]; then
      put_pair "$pair"
    else
      mistake "--parameter is not NAME=VALUE: ${pair%%=*}"
    fi
  done
  for pair in ${pairs[@]+"${pairs[@]}"}; do
    name=${pair%%=*}
    [[ $name =~ ^[A-Za-z][A-Za-z0-9_]*$ ]] || mistake "No parameter can have this name: $name"
    # No value is shown here: it may be a password.
    if [[ $name =~ [Pp]assword$ || $pair =~ [?\&]([Pp]assword|user)= ]]; then
      mistake "The parameter $name holds a password or a user: whoever sees the job would see it. Use jdbcUsername and jdbcPasswordSecret."
    fi
  done
  if [[ $1 == streaming ]]; then
    for required in inputSubscription archiveDataset jdbcUrl jdbcUsername jdbcPasswordSecret; do
      [[ -n $(parameter_value "$required") ]] || mistake "The parameter $required is missing."
    done
    check_parameter inputSubscription '^projects/[^/]+/subscriptions/[^/]+$' projects/PROJECT/subscriptions/NAME
    check_parameter deadLetterTopic '^projects/[^/]+/topics/[^/]+$' projects/PROJECT/topics/NAME
    check_parameter archiveDataset '^[^.]+\.[A-Za-z0-9_]+$' PROJECT.DATASET
    check_parameter jdbcUrl '^jdbc:postgresql:' 'a URL of PostgreSQL, jdbc:postgresql:…'
    check_parameter jdbcPasswordSecret '^projects/[^/]+/secrets/[^/]+/versions/[^/]+$' projects/PROJECT/secrets/NAME/versions/VERSION
  fi
  check_parameter stampKey '^(env:|file:|projects/[^/]+/secrets/[^/]+/versions/).' 'the place of the key, projects/PROJECT/secrets/NAME/versions/VERSION'
  ((${#pairs[@]} == 0)) || join_pairs 'The parameters'
}

check_parameter() {
  local value
  value=$(parameter_value "$1")
  [[ -z $value || $value =~ $2 ]] || mistake "The parameter $1 is not $3."
}

# --template, or --templates and --version, say which template of the pipeline that is named.
choose_template() {
  if [[ -z ${template:-} && -n ${templates:-} && -n ${version:-} ]]; then
    template=${templates%/}/$1/$version.json
  elif [[ -z ${template:-} ]]; then
    mistake '--template is missing: gs://BUCKET/PATH.json, or the bucket as --templates and the --version.'
  fi
  matches template '^gs://[^/]+/.+' 'a file in Cloud Storage, gs://BUCKET/PATH.json'
}

# Checks all options but the parameters.
need_flex_template() {
  need_job
  choose_template "$1"
  need service-account "the address of the pipeline's service account"
  matches service-account '^[^@]+@[^@]+\.[^@]+$' "a service account's address"
  need temporary 'the bucket for staged and temporary files, gs://BUCKET'
  matches temporary '^gs://.+' 'a bucket, gs://BUCKET'
  matches num-workers '^[1-9][0-9]{0,3}$' 'a number of workers'
  matches max-workers '^[1-9][0-9]{0,3}$' 'a number of workers'
  if [[ ${num_workers:-} =~ ^[0-9]{1,4}$ && ${max_workers:-} =~ ^[0-9]{1,4}$ ]] && ((num_workers > max_workers)); then
    mistake "--num-workers is more than --max-workers: $num_workers of $max_workers."
  fi
  ((${#arguments[@]} == 0)) || [[ $1 == "${arguments[0]}" && ${#arguments[@]} == 1 ]] ||
    mistake "These mean nothing here: ${arguments[*]}"
}

# Sets command to the one that launches the pipeline that is named.
flex_template_command() {
  command=(gcloud dataflow flex-template run "$job" "--project=$project" "--region=$region"
    "--template-file-gcs-location=$template" "--service-account-email=$service_account"
    "--staging-location=${temporary%/}/staging" "--temp-location=${temporary%/}/temp")
  [[ -z ${num_workers:-} ]] || command+=("--num-workers=$num_workers")
  [[ -z ${max_workers:-} ]] || command+=("--max-workers=$max_workers")
  [[ -z ${machine_type:-} ]] || command+=("--worker-machine-type=$machine_type")
  [[ -z ${subnetwork:-} ]] || command+=("--subnetwork=$subnetwork")
  [[ -n ${public_ips:-} ]] || command+=(--disable-public-ips)
  [[ $1 != streaming ]] || command+=(--enable-streaming-engine)
  [[ -z ${joined:-} ]] || command+=("--parameters=$joined")
}
