// Prints the catalogue. Without a terminal there is neither colour nor a width to keep to: a guest stays one line.

using System;
using System.Collections.Generic;
using System.IO;
using Spectre.Console;
using Text = Spectre.Console.Text;

namespace MinusOne.Ovmf.Runner.Guests;

internal static class GuestTable
{
    private const int WidthWithoutTerminal = 400;

    public static void Print(IReadOnlyList<GuestRow> rows)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.Write(PlainText(rows));
        }
        else
        {
            AnsiConsole.Write(Table(rows));
        }
    }

    internal static string PlainText(IReadOnlyList<GuestRow> rows)
    {
        var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = WidthWithoutTerminal;
        console.Write(Table(rows));

        var lines = new StringWriter();
        foreach (string line in text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            lines.WriteLine(line.TrimEnd());
        }

        return lines.ToString();
    }

    private static Table Table(IReadOnlyList<GuestRow> rows)
    {
        Table table = new Table().Border(TableBorder.None);
        table.AddColumn(new TableColumn("[bold]id[/]").NoWrap().PadRight(2));
        table.AddColumn(new TableColumn("[bold]name[/]").NoWrap().PadRight(2));
        table.AddColumn(new TableColumn("[bold]on[/]").NoWrap().PadRight(2));
        table.AddColumn(new TableColumn("[bold]what it shows[/]"));
        foreach (GuestRow row in rows)
        {
            table.AddRow(new Text(row.Id), new Text(row.Name), new Text(row.On), new Text(row.Sentence));
        }

        return table;
    }
}
