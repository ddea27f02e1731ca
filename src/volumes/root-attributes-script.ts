/**
 * The shell function that takes off the volume's root the user attributes that the new root does not have: tar only
 * adds some, and a mount point cannot be replaced. No program that every image has can take one off, so it is asked of
 * Perl's system calls; a Debian image always has Perl. Elsewhere such attributes stay.
 */
export const stripRootFunction = `
strip_root() {
  if [ ! -d "$tree" ] || ! command -v perl >/dev/null; then return 0; fi
  perl -e '
    use Config;
    my %calls = (x86_64 => [194, 197], aarch64 => [11, 14], riscv64 => [11, 14]);
    my ($list, $remove) = @{$calls{(split /-/, $Config{archname})[0]} // exit 0};
    sub attributes {
      my ($path) = @_;
      my $names = "\\0" x 65536;
      my $length = syscall($list, $path, $names, 65536);
      return $length < 0 ? () : grep { /^user[.]/ } split /\\0/, substr($names, 0, $length);
    }
    my ($tree, $volume) = @ARGV;
    my %wanted = map { $_ => 1 } attributes($tree);
    for my $name (attributes($volume)) {
      $wanted{$name} or syscall($remove, $volume, $name) == 0 or die "$name cannot be taken off: $!\\n";
    }
  ' "$tree" "$volume"
}
`
