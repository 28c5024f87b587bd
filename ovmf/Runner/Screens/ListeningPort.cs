// The TCP port a process listens on. Bochs takes the first free one from 5900 upwards and tells nobody; the kernel
// knows: the sockets among the process' descriptors, and the table of listening sockets. proc(5).

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Screens;

internal static class ListeningPort
{
    private const string SocketMark = "socket:[";
    private const string Listening = "0A";

    // Null as long as it listens on none.
    public static int? Of(int process)
    {
        try
        {
            HashSet<string> sockets =
            [
                .. new DirectoryInfo($"/proc/{process}/fd").EnumerateFiles()
                    .Select(file => file.LinkTarget ?? "")
                    .Where(target => target.StartsWith(SocketMark, StringComparison.Ordinal))
                    .Select(target => target[SocketMark.Length..^1]),
            ];
            return Find(File.ReadLines("/proc/net/tcp"), sockets);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    //   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
    //    0: 00000000:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 16512
    internal static int? Find(IEnumerable<string> table, IReadOnlySet<string> sockets)
    {
        foreach (string line in table)
        {
            string[] cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (cells.Length > 9 && cells[3] == Listening && sockets.Contains(cells[9]))
            {
                return int.Parse(cells[1].Split(':')[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            }
        }

        return null;
    }
}
