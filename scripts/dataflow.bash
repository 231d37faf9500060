# What the scripts that handle Dataflow jobs share; they source it. Options are read into variables of
# their names (--max-workers into max_workers), and every mistake is told at once, before anything is
# called.
# shellcheck shell=bash
# Read by the scripts, or set by their options.
# shellcheck disable=SC2034,SC2154

mistakes=()
arguments=()
dry_run=''

# The comment at a script's head is its help.
help_text() { sed -n '2,/^set -/{/^#/s/^# \{0,1\}//p;}' "$0"; }

mistake() { mistakes+=("$*"); }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# read_options "names of options with a value" "names of switches" ARGUMENT…
# All values of an option --NAME are in the array NAME_all too, in order.
read_options() {
  local valued=" $1 " switches=" $2 dry-run " name variable
  shift 2
  while (($# > 0)); do
    if [[ $1 == --help || $1 == -h ]]; then
      help_text
      exit 0
    elif [[ $1 != --* ]]; then
      arguments+=("$1")
      shift
      continue
    fi
    name=${1#--}
    if [[ $name == *=* ]]; then
      # As two words; a switch with a value is an option that there is not.
      name=${name%%=*}
      set -- "--$name" "${1#*=}" "${@:2}"
      [[ $switches != *" $name "* ]] || name+='='
    fi
    variable=${name//-/_}
    if [[ $switches == *" $name "* ]]; then
      printf -v "$variable" yes
      shift
    elif [[ $name == *= ]]; then
      mistake "--${name%=} takes no value."
      shift 2
    elif [[ $valued != *" $name "* ]]; then
      mistake "There is no option --$name; --help lists them."
      shift
    elif [[ -z ${2:-} ]]; then
      mistake "--$name needs a value."
      shift $(($# < 2 ? 1 : 2))
    else
      printf -v "$variable" %s "$2"
      eval "${variable}_all+=(\"\$2\")"
      shift 2
    fi
  done
}

# need OPTION WHAT-IT-IS: the option must have been given.
need() {
  local variable=${1//-/_}
  [[ -n ${!variable:-} ]] || mistake "--$1 is missing: $2."
}

# matches OPTION PATTERN WHAT-IT-IS: if the option was given, its value looks so.
matches() {
  local variable=${1//-/_}
  [[ -z ${!variable:-} || ${!variable} =~ $2 ]] || mistake "--$1 is not $3: ${!variable}"
}

need_job() {
  need project "the project's ID"
  matches project '^[a-z][a-z0-9:.-]+$' "a project's ID"
  need region "the job's region, such as europe-west1"
  matches region '^[a-z]+-[a-z]+[0-9]+$' 'a region, such as europe-west1'
  matches job '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$' "a job's name: lower-case letters, digits and hyphens"
}

need_gcloud() {
  [[ -n $dry_run ]] || command -v gcloud >/dev/null ||
    mistake 'gcloud is not on the PATH: install the Google Cloud CLI, or see what would run with --dry-run.'
}

# Ends the script if anything was wrong.
stop_at_mistakes() {
  ((${#mistakes[@]} > 0)) || return 0
  printf '%s: nothing was done.\n' "${0##*/}" >&2
  printf '  %s\n' "${mistakes[@]}" >&2
  exit 2
}

# A command as one line that a shell reads back as it was.
quoted() {
  local word line=''
  for word in "$@"; do
    if [[ ! $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then
      word="'${word//\'/\'\\\'\'}'"
    fi
    line+="${line:+ }$word"
  done
  printf '%s\n' "$line"
}

# Runs a command, or only says which.
run() {
  if [[ -n $dry_run ]]; then
    quoted "$@"
  else
    "$@"
  fi
}

# The command that asks for jobs by name; rows of ID, name and state.
list_jobs() {
  command=(gcloud dataflow jobs list "--project=$project" "--region=$region" "--status=$1"
    "--filter=name=$job" '--format=value(id,name,state)')
}

# Sets id and state to those of the job that is running; both empty where none is.
find_running_job() {
  local rows row_id row_name row_state
  id=''
  state=''
  list_jobs active
  if [[ -n $dry_run ]]; then
    quoted "${command[@]}"
    return
  fi
  rows=$("${command[@]}") || fail "Dataflow did not say which jobs run in $project, $region."
  while read -r row_id row_name row_state; do
    if [[ $row_name == "$job" ]]; then
      [[ -z $id ]] || fail "more than one job $job is running in $region: $id and $row_id."
      id=$row_id
      state=$row_state
    fi
  done <<<"$rows"
}

# A template is there before a job is started from it: a launch takes minutes to find out.
need_template() {
  local command=(gcloud storage objects describe "$template" "--project=$project" '--format=value(name)')
  if [[ -n $dry_run ]]; then
    quoted "${command[@]}"
  else
    "${command[@]}" >/dev/null || fail "there is no template $template, or it may not be read."
  fi
}
