# The commands of the user's guide, as a person types them. FLOWG_URL and FLOWG_USERNAME / FLOWG_PASSWORD come from outside.
set -euo pipefail

login() {
  curl \
    "$FLOWG_URL/api/v1/auth/login" \
    -H "Content-Type: application/json" \
    -d "{\"username\": \"$FLOWG_USERNAME\", \"password\": \"$FLOWG_PASSWORD\"}" \
    2>/dev/null \
  | jq -r .token
}

back_up_with() {
  for database in auth config logs; do
    curl --silent --show-error --fail-with-body \
      -H "Authorization: Bearer $1:${FLOWG_TOKEN}" \
      "$FLOWG_URL/api/v1/backup/$database" \
      --output "$database.db"
  done
}

restore_with() {
  for database in auth config logs; do
    curl --silent --show-error --fail-with-body \
      -H "Authorization: Bearer $1:${FLOWG_TOKEN}" \
      "$FLOWG_URL/api/v1/restore/$database" \
      -X POST --form "backup=@$database.db" | jq -e .success
  done
}

# As the guide prints it, without the @: curl sends the text "auth.db" instead of the file.
restore_text_with() {
  for database in auth config logs; do
    curl --silent \
      -H "Authorization: Bearer $1:${FLOWG_TOKEN}" \
      "$FLOWG_URL/api/v1/restore/$database" \
      -X POST --form "backup=$database.db" --write-out '%{http_code}\n'
  done
}

export FLOWG_TOKEN
FLOWG_TOKEN=$(login)
echo "== JSON Web Token: backup"
back_up_with jwt
echo "== JSON Web Token: restore"
restore_with jwt
echo "== JSON Web Token: the guide's own line"
restore_text_with jwt

FLOWG_TOKEN=$(curl --silent -X POST -H "Authorization: Bearer jwt:${FLOWG_TOKEN}" "$FLOWG_URL/api/v1/token" | jq -r .token)
echo "== Personal Access Token: backup"
back_up_with pat
echo "== Personal Access Token: restore"
restore_with pat
echo "== Personal Access Token: the guide's own line"
restore_text_with pat
